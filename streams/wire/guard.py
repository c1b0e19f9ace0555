"""Stops a worker that rejects nearly everything, before it drains a topic into the dead letters."""

from collections import deque


class TooManyRejections(RuntimeError):
    """The share of rejected messages is above the limit."""


class RejectionGuard:
    """Watches the share of rejected among the last messages."""

    def __init__(self, limit: float, window: int = 1_000, least: int = 200) -> None:
        self._limit = limit
        self._least = least
        self._recent: deque[bool] = deque(maxlen=window)
        self._rejected = 0

    def saw(self, rejected: bool) -> None:
        """Note one message.

        Raises:
            TooManyRejections: where the share among the last messages reaches the limit.
        """
        if len(self._recent) == self._recent.maxlen:
            self._rejected -= self._recent[0]
        self._recent.append(rejected)
        self._rejected += rejected
        seen = len(self._recent)
        if self._limit < 1.0 and seen >= self._least and self._rejected >= self._limit * seen:
            raise TooManyRejections(
                f"{self._rejected} of the last {seen} messages were rejected: the worker stops before it "
                "turns the whole topic into dead letters. `frenemy rejected list` says why; to go on all "
                "the same set FRENEMY_REJECTED_SHARE=1."
            )
