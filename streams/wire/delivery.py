"""What makes delivery at-least-once: an offset is committable when all outputs up to it are acknowledged.

Faust acknowledges a message when the agent takes the next one, commits past offsets that are still in
flight, and does not look at the fate of what was sent. So agents run without automatic acknowledgement and
hand each message with its outputs to `Delivery`, which sends in the background, releases offsets of a
partition in order, and after a failure sends again from the failed message on, in order, until the broker
takes it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faust.types import TP, EventT

from streams.wire.admission import Admission, Reading
from streams.wire.outputs import Output

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0


class Producer(Protocol):
    """What sends."""

    @property
    def send(self) -> Callable[..., "Awaitable[asyncio.Future[Any]]"]:
        """Put a message on its way: topic, value, key, partition, timestamp, headers."""

    def pace(self, waiting: int) -> None:
        """Take note of how many messages wait to be read."""

    async def start(self) -> None:
        """Connect."""

    async def stop(self) -> None:
        """Send what is left and disconnect."""


@dataclass(slots=True)
class _Entry:
    """A message with its outputs, on its way."""

    event: EventT[Any]
    outputs: Sequence[Output]
    when_too_large: Callable[[], Sequence[Output]] | None
    waiting: int = 0
    failed: bool = False
    done: bool = False


@dataclass(slots=True)
class _Lane:
    """The messages of one partition in offset order, for one assignment of the partition."""

    generation: int
    entries: deque[_Entry] = field(default_factory=deque)
    reading: Reading = field(default_factory=Reading)
    committable: int | None = None

    @property
    def closed(self) -> bool:
        """Whether the partition went away."""
        return self.reading.closed


class Delivery:
    """Sends outputs in the background and tells which offsets may be committed."""

    def __init__(
        self,
        new_producer: Callable[[], Producer],
        most_in_flight: int,
        on_retry: Callable[[str], None] = lambda error: None,
        on_released: Callable[[EventT[Any]], None] = lambda event: None,
        admission: Admission | None = None,
    ) -> None:
        """Make a delivery that is not connected yet.

        Args:
            new_producer: makes a producer; called again where one does not recover.
            most_in_flight: most messages whose outputs are not all acknowledged.
            on_retry: told the name of each error for which an output is sent again.
            on_released: told each message that is done.
            admission: says which message is the next of its partition.
        """
        self._admission = admission or Admission()
        self._new_producer = new_producer
        self._most_in_flight = most_in_flight
        self._on_retry = on_retry
        self._on_released = on_released
        self._producer: Producer | None = None
        self._lanes: dict[TP, _Lane] = {}
        self._in_flight = 0
        self._room = asyncio.Event()
        self._room.set()
        self._recovery: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def in_flight(self) -> int:
        """Messages whose outputs are not all acknowledged."""
        return self._in_flight

    @property
    def retrying(self) -> bool:
        """Whether outputs failed and are being sent again."""
        return self._recovery is not None

    async def start(self) -> None:
        """Connect to the broker."""
        if self._producer is None:
            producer = self._new_producer()
            await producer.start()
            self._producer = producer

    async def stop(self) -> None:
        """Give up what is still in flight: its offsets stay uncommitted, so it is processed again."""
        self._stopping = True
        if self._recovery is not None:
            self._recovery.cancel()
        self.revoked(set(self._lanes))
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _quietly(producer.stop(), seconds=5)

    def pace(self, waiting: int) -> None:
        """Say how many messages wait to be read: where many do, larger batches are worth a wait."""
        if self._producer is not None:
            self._producer.pace(waiting)

    def assigned(self, partitions: set[TP], generation: int) -> None:
        """Begin anew on the partitions of a generation of the group: what was in flight is not ours any more."""
        self.revoked(set(self._lanes))
        for partition in partitions:
            self._lanes[partition] = _Lane(generation)

    def revoked(self, partitions: set[TP]) -> None:
        """Forget partitions that were taken away."""
        for partition in partitions:
            lane = self._lanes.pop(partition, None)
            if lane is not None:
                lane.reading.closed = True
                for entry in lane.entries:
                    # Commits nothing: Faust must not wait for it at the next rebalance.
                    entry.event.ack()
                self._leave(len(lane.entries))
                lane.entries.clear()

    def partitions(self) -> list[TP]:
        """Partitions with something to commit."""
        return [tp for tp, lane in self._lanes.items() if lane.committable is not None]

    def committable(self, partition: TP) -> int | None:
        """The next offset to read of a partition, all before it being done; None before the first."""
        lane = self._lanes.get(partition)
        return lane.committable if lane is not None else None

    async def admit(self, event: EventT[Any]) -> bool:
        """Whether a message is to be processed now; waits while too many are in flight.

        Not one whose partition went away while it waited: it comes again, here or elsewhere. Not one that
        is not the next of its partition.
        """
        while self._in_flight >= self._most_in_flight or self._recovery is not None:
            self._room.clear()
            await self._room.wait()
        message = event.message
        lane = self._lanes.get(message.tp)
        if (
            lane is not None
            and lane.generation == message.generation_id
            and await self._admission.takes(lane.reading, message)
        ):
            return True
        # Acknowledged to Faust alone, which would wait for it at the next rebalance.
        event.ack()
        return False

    async def look_for_missing(self) -> None:
        """Go back once more where messages that were passed over have not come."""
        await self._admission.look_for_missing([(tp, e.reading) for tp, e in self._lanes.items()])

    async def deliver(
        self,
        event: EventT[Any],
        outputs: Sequence[Output],
        when_too_large: Callable[[], Sequence[Output]],
    ) -> None:
        """Send the outputs of an admitted message; returns when they are on their way, not when they arrived.

        Args:
            event: the message, which is acknowledged to Faust once all outputs are.
            outputs: what to publish.
            when_too_large: what to publish instead where the broker says that an output is too large.
        """
        lane = self._lanes.get(event.message.tp)
        if lane is None or lane.generation != event.message.generation_id:
            event.ack()
            return
        entry = _Entry(event, outputs, when_too_large)
        lane.entries.append(entry)
        self._in_flight += 1
        await self._send(lane, entry)

    async def _send(self, lane: _Lane, entry: _Entry) -> None:
        entry.waiting = len(entry.outputs) + 1
        await self._send_from(lane, entry, 0)
        self._settled(lane, entry, None, None)

    async def _send_from(self, lane: _Lane, entry: _Entry, first: int) -> None:
        """Send the outputs from one on, up to a gate: what is behind it waits for its answer."""
        outputs = entry.outputs
        for number in range(first, len(outputs)):
            output = outputs[number]
            closes = output.gate and number + 1 < len(outputs)
            try:
                future = await self._publish(output)
            except (KafkaError, OSError, TimeoutError) as error:
                self._settled(lane, entry, output, error)
                if closes:
                    self._skip(lane, entry, number + 1)
                    return
                continue
            if closes:
                future.add_done_callback(partial(self._at_gate, lane, entry, number))
                return
            future.add_done_callback(partial(self._answered, lane, entry, output))

    def _at_gate(
        self, lane: _Lane, entry: _Entry, number: int, future: "asyncio.Future[Any]"
    ) -> None:
        self._answered(lane, entry, entry.outputs[number], future)
        if entry.failed or lane.closed or self._stopping:
            self._skip(lane, entry, number + 1)
            return
        rest = asyncio.get_running_loop().create_task(self._send_from(lane, entry, number + 1))
        self._sending.add(rest)
        rest.add_done_callback(self._sending.discard)

    def _skip(self, lane: _Lane, entry: _Entry, first: int) -> None:
        """Outputs from one on are not sent this time."""
        entry.failed = True
        entry.waiting -= len(entry.outputs) - first

    async def _publish(self, output: Output) -> "asyncio.Future[Any]":
        producer = self._producer
        if producer is None:
            raise KafkaError("the producer is stopped")
        future: asyncio.Future[Any] = await producer.send(
            output.topic,
            output.value,
            output.key,
            output.partition,
            output.timestamp_ms,
            output.headers,
        )
        return future

    def _answered(
        self, lane: _Lane, entry: _Entry, output: Output, future: "asyncio.Future[Any]"
    ) -> None:
        error = KafkaError("cancelled") if future.cancelled() else future.exception()
        if error is None and output.on_acknowledged is not None and not lane.closed:
            output.on_acknowledged(future.result())
        self._settled(lane, entry, output, error)

    def _settled(
        self, lane: _Lane, entry: _Entry, output: Output | None, error: BaseException | None
    ) -> None:
        entry.waiting -= 1
        if error is not None and output is not None:
            entry.failed = True
            if not lane.closed and not self._stopping:
                self._begin_recovery(output, error)
        if entry.waiting == 0 and not entry.failed:
            entry.done = True
            self._release(lane)

    def _release(self, lane: _Lane) -> None:
        released = 0
        while lane.entries and lane.entries[0].done:
            entry = lane.entries.popleft()
            lane.committable = entry.event.message.offset + 1
            released += 1
            if not lane.closed:
                entry.event.ack()
                self._on_released(entry.event)
        self._leave(released)

    def _leave(self, count: int) -> None:
        self._in_flight -= count
        if self._recovery is None:
            self._room.set()

    def _begin_recovery(self, output: Output, error: BaseException) -> None:
        self._report(output, error)
        if self._recovery is None:
            self._recovery = asyncio.get_running_loop().create_task(self._recover())
            self._recovery.add_done_callback(self._recovered)

    def _report(self, output: Output, error: BaseException) -> None:
        name = type(error).__name__
        log.warning(
            "%s did not take a message (%s): it is sent again until it does", output.topic, name
        )
        self._on_retry(name)

    def _recovered(self, task: "asyncio.Task[None]") -> None:
        self._recovery = None
        self._room.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("recovery of delivery failed", exc_info=task.exception())

    async def _recover(self) -> None:
        """Send again, in order, from the first message of each partition that failed."""
        pause = FIRST_PAUSE
        while any(e.failed for lane in self._lanes.values() for e in lane.entries):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            if not await self._settle_in_flight():
                continue
            for lane in list(self._lanes.values()):
                if not await self._send_again(lane):
                    await self._renew_producer()
                    break

    async def _settle_in_flight(self) -> bool:
        """Wait for answers that are still due, so that what is sent again is sent last."""
        for _ in range(REQUEST_POLLS):
            if not any(e.waiting for lane in self._lanes.values() for e in lane.entries):
                return True
            await asyncio.sleep(0.1)
        await self._renew_producer()
        return False

    async def _send_again(self, lane: _Lane) -> bool:
        failed = next((i for i, e in enumerate(lane.entries) if e.failed), None)
        if failed is None:
            return True
        for entry in list(lane.entries)[failed:]:
            if lane.closed:
                return True
            if not await self._send_entry_again(entry):
                return False
            entry.failed = False
            entry.done = True
            self._release(lane)
        return True

    async def _send_entry_again(self, entry: _Entry) -> bool:
        for output in entry.outputs:
            try:
                metadata = await (await self._publish(output))
            except (KafkaError, OSError, TimeoutError) as error:
                if isinstance(error, MessageSizeTooLargeError) and entry.when_too_large is not None:
                    log.warning("%s does not take a message of this size", output.topic)
                    entry.outputs, entry.when_too_large = entry.when_too_large(), None
                    return await self._send_entry_again(entry)
                entry.failed = True
                self._report(output, error)
                return False
            if output.on_acknowledged is not None:
                output.on_acknowledged(metadata)
        return True

    async def _renew_producer(self) -> None:
        """A fresh producer: an idempotent one does not recover from every error."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await _quietly(producer.stop(), seconds=2)
        try:
            await self.start()
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("the broker is not reachable (%s), trying again", type(error).__name__)


REQUEST_POLLS = 400


async def _quietly(stopping: Awaitable[None], seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping, timeout=seconds)
    except (KafkaError, OSError, TimeoutError) as error:
        log.debug("a producer did not stop cleanly: %s", type(error).__name__)
