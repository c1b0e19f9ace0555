"""Stops a worker that rejects nearly everything, before it drains a topic into the dead letters."""

from collections import deque


class TooManyRejections(RuntimeError):
    """The share of rejected messages, or the run of them, is above the limit."""


class RejectionGuard:
    """Watches the share of rejected among the last messages, and how many were rejected in a row."""

    def __init__(
        self, limit: float, longest_run: int = 0, window: int = 1_000, least: int = 200
    ) -> None:
        """Make a guard that has seen nothing.

        Args:
            limit: share of the last messages at which it says no; 1 never.
            longest_run: rejected messages in a row at which it says no; 0 never.
            window: how many messages are the last ones.
            least: messages to see before the share counts.
        """
        self._limit = limit
        self._longest_run = longest_run
        self._run = 0
        self._least = least
        self._recent: deque[bool] = deque(maxlen=window)
        self._rejected = 0

    def saw(self, rejected: bool) -> None:
        """Note one message.

        Raises:
            TooManyRejections: where the share among the last messages, or the run, reaches its limit.
        """
        if len(self._recent) == self._recent.maxlen:
            self._rejected -= self._recent[0]
        self._recent.append(rejected)
        self._rejected += rejected
        self._run = self._run + 1 if rejected else 0
        if 0 < self._longest_run <= self._run:
            raise TooManyRejections(
                f"{self._run} messages in a row were rejected: the worker stops before it turns the whole "
                "topic into dead letters. `frenemy rejected list` says why; to go on all the same set "
                "FRENEMY_REJECTED_RUN=0."
            )
        seen = len(self._recent)
        if self._limit < 1.0 and seen >= self._least and self._rejected >= self._limit * seen:
            raise TooManyRejections(
                f"{self._rejected} of the last {seen} messages were rejected: the worker stops before it "
                "turns the whole topic into dead letters. `frenemy rejected list` says why; to go on all "
                "the same set FRENEMY_REJECTED_SHARE=1."
            )
