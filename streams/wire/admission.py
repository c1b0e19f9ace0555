"""Which message of a partition is to be processed next: each once, in order, none passed over.

Around a rebalance Faust passes over messages that it has fetched, and hands out others twice. So each partition
knows what it expects, and is read again from there where something else comes.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from aiokafka.errors import KafkaError
from faust.types import TP, Message

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """How far a partition is read, for one assignment of it.

    `next` is the offset that is expected, None before the first message; `gap_before` a message that came
    too early; `missed` what was expected at the last look for what is missing.
    """

    next: int | None = None
    gap_before: int | None = None
    missed: int | None = None
    closed: bool = False


async def _unknown(partition: TP) -> int | None:
    return None


async def _nowhere(partition: TP, offset: int) -> None:
    return None


def _unseen(partition: TP) -> int | None:
    return None


def _never(partition: TP) -> bool:
    return False


async def _not_before(partition: TP, offset: int) -> int:
    return sys.maxsize


@dataclass(frozen=True, slots=True)
class Admission:
    """Says of each message whether it is the next of its partition, and goes back where one is missing.

    Attributes:
        first_offset: where a partition that was just assigned has to begin; None where it is unknown.
        read_again: goes back to an offset of a partition.
        first_existing: the first offset at or after one that has a message.
        handed_over: the offset up to which messages of a partition were fetched and handed over; None where
            that is unknown.
        on_its_way: whether messages of a partition were handed over and are not done.
    """

    first_offset: Callable[[TP], Awaitable[int | None]] = _unknown
    read_again: Callable[[TP, int], Awaitable[None]] = _nowhere
    first_existing: Callable[[TP, int], Awaitable[int]] = _not_before
    handed_over: Callable[[TP], int | None] = _unseen
    on_its_way: Callable[[TP], bool] = _never

    async def takes(self, reading: Reading, message: Message) -> bool:
        """Whether a message is to be processed now.

        Not one that was taken already. And not one behind a gap: the partition is read again from the gap on.
        Where the same message comes again, the broker is asked whether there is anything in the gap;
        transactions and expiry leave empty ones.
        """
        if reading.next is None:
            reading.next = await _asked(reading, lambda: self.first_offset(message.tp))
            if reading.closed:
                return False
        expected = message.offset if reading.next is None else reading.next
        if message.offset == expected or await self._is_next(reading, message.tp, message.offset):
            if not reading.closed:
                reading.next, reading.gap_before = message.offset + 1, None
                return True
        elif message.offset > expected and reading.gap_before in (None, message.offset):
            reading.gap_before = message.offset
            log.info("offsets %d to %d were passed over: read again", expected, message.offset - 1)
            await self.read_again(message.tp, expected)
        return False

    async def look_for_missing(self, readings: Iterable[tuple[TP, Reading]]) -> None:
        """Go back where messages were passed over and have not come since the last look.

        A message behind the gap shows it; where there is none, only that all was handed over and nothing of it
        is on its way. Faust seeks too, and may be last. Not where what is missing has yet to be handed over: each
        time one goes back what was fetched is thrown away, and a partition that is always fetched last may never
        have its turn.
        """
        for partition, reading in readings:
            if reading.next is None:
                await self._begin(partition, reading)
            passed = self.handed_over(partition)
            seen = reading.gap_before is not None
            if reading.next is None or not (seen or self._unseen_gap(partition, reading, passed)):
                reading.missed = None
            elif reading.missed != reading.next:
                reading.missed = reading.next
            elif passed is None or passed > reading.next:
                await self.read_again(partition, reading.next)

    async def _begin(self, partition: TP, reading: Reading) -> None:
        """Where a partition begins of which no message has come although some were handed over."""
        if self.handed_over(partition) and not self.on_its_way(partition):
            with suppress(KafkaError, OSError, TimeoutError):
                first = await self.first_offset(partition)
                # A message may have come meanwhile.
                if reading.next is None:
                    reading.next = first

    def _unseen_gap(self, partition: TP, reading: Reading, passed: int | None) -> bool:
        return (
            passed is not None
            and reading.next is not None
            and passed > reading.next
            and not self.on_its_way(partition)
        )

    async def _is_next(self, reading: Reading, partition: TP, offset: int) -> bool:
        """Whether a message that came again behind a gap is the next one there is."""
        if offset != reading.gap_before or reading.next is None:
            return False
        expected = reading.next
        first = await _asked(reading, lambda: self.first_existing(partition, expected))
        return first is not None and first >= offset


async def _asked(reading: Reading, question: Callable[[], Awaitable[T]]) -> T | None:
    """The broker's answer, asking until there is one; None where the partition went away meanwhile.

    An error that left here would leave the agent, and Faust would acknowledge the message.
    """
    pause = FIRST_PAUSE
    while not reading.closed:
        try:
            return await question()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("the broker does not answer (%s), asking again", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
    return None
