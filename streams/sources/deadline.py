"""A deadline for parsers: a page made to be slow must not hold up an archive of a million."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from streams.sources.records import Trouble, Unread

# A parser may swallow the first interruption in a broad `except`: it is interrupted again.
AGAIN_SECONDS = 0.5


class _Late(BaseException):
    """Not an `Exception`, so that broad handlers inside parsers let it pass."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Interrupt the block after `seconds`; outside the main thread there is no deadline.

    Raises:
        Unread: `too_slow`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(number: int, frame: FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _Late:
        raise Unread(
            Trouble.TOO_SLOW, f"Reading it took longer than {seconds:g} seconds."
        ) from None
    finally:
        signal.signal(signal.SIGALRM, before)
