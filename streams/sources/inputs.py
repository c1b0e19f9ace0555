"""The inputs of a run, one after the other: files, folders, addresses, standard input."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from streams.sources import files
from streams.sources.addresses import address
from streams.sources.fetching import Fetcher
from streams.sources.opening import Kind
from streams.sources.progress import Progress
from streams.sources.records import DEFAULT_BOUNDS, Bounds, Item, Record, Trouble, Unreadable

STANDARD_INPUT = "-"
# An address that fails is left out for this many rounds more each time it fails again.
MOST_ROUNDS_LEFT_OUT = 32
READ_AHEAD = 1_000


@dataclass(slots=True)
class Inputs:
    """What is to be read, and how.

    `every` is the number of seconds between the beginnings of two rounds over the addresses; None
    reads all inputs once. `known` counts entries of feeds that were delivered before.
    """

    names: Sequence[str]
    stdin: BinaryIO
    progress: Progress
    kind: Kind | None = None
    full_text: bool = False
    contact: str = ""
    every: float | None = None
    bounds: Bounds = DEFAULT_BOUNDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    known: int = field(default=0, init=False)

    async def records(self) -> AsyncIterator[Record]:
        """All records, in order; without end where addresses are asked again and again."""
        for name in self.names:
            if is_address(name):
                continue
            async for record in self._local(name):
                if self._new(record):
                    yield record
        urls = [name for name in self.names if is_address(name)]
        if not urls:
            return
        async with Fetcher(self.contact, self.bounds, sleep=self.sleep) as fetcher:
            async for record in self._rounds(urls, fetcher):
                if self._new(record):
                    yield record

    async def _rounds(self, urls: list[str], fetcher: Fetcher) -> AsyncIterator[Record]:
        failures: Counter[str] = Counter()
        left_out: Counter[str] = Counter()
        clock = asyncio.get_running_loop().time
        while urls:
            begin = clock()
            for url in list(urls):
                if left_out[url]:
                    left_out[url] -= 1
                    continue
                trouble = None
                async for record in address(
                    url, self.kind, self.progress, fetcher, self.bounds, full_text=self.full_text
                ):
                    if isinstance(record, Unreadable) and record.where == url:
                        trouble = record.trouble
                    yield record
                failures[url] = failures[url] + 1 if trouble else 0
                left_out[url] = min(2 ** failures[url] - 1, MOST_ROUNDS_LEFT_OUT)
                if trouble is Trouble.GONE:
                    urls.remove(url)
            if self.every is None:
                return
            await self.sleep(max(0.0, begin + self.every - clock()))

    async def _local(self, name: str) -> AsyncIterator[Record]:
        if name == STANDARD_INPUT:
            kind = self.kind or Kind.LINES
            found: Iterable[Record] = files.stream("stdin", self.stdin, kind, 0, self.bounds)
            if kind is Kind.LINES:
                async for record in _beside(found):
                    yield record
                return
        else:
            found = files.path(Path(name), self.kind, self.progress, self.bounds)
        for record in found:
            yield record

    def _new(self, record: Record) -> bool:
        known = (
            isinstance(record, Item)
            and record.mark is not None
            and self.progress.knows(record.source, record.mark)
        )
        self.known += known
        return not known


async def _beside(records: Iterable[Record]) -> AsyncIterator[Record]:
    """Read in a thread: a pipe that is waited for must not hold up what is being sent."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Record | None] = asyncio.Queue()
    room = threading.Semaphore(READ_AHEAD)

    def read() -> None:
        # The loop is closed where the run was interrupted.
        with contextlib.suppress(RuntimeError):
            for record in records:
                room.acquire()
                loop.call_soon_threadsafe(queue.put_nowait, record)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="standard input").start()
    while (record := await queue.get()) is not None:
        room.release()
        yield record


def is_address(name: str) -> bool:
    """Whether an input is on the web."""
    return name.startswith(("http://", "https://"))
