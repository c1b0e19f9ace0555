"""Where the worker stands: lag and progress on its partitions, and whether the broker answers."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Protocol

from faust.types import TP, EventT

from streams.wire.envelope import PRODUCED, headers_of
from streams.wire.metrics import Metrics
from streams.wire.tracing import exemplar

log = logging.getLogger(__name__)


class Ends(Protocol):
    """What is asked of the consumer."""

    def committed(self, tp: TP) -> int | None:
        """The next offset to read as it was last committed."""

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """Offsets that the next messages written to the partitions will have."""

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """Offsets of the first messages that the partitions still hold."""


@dataclass(slots=True)
class _Position:
    next_offset: int | None = None
    timestamp: float = 0.0
    lag: int = 0
    moved: float = 0.0
    nothing_waited_at: float = 0.0


class Progress:
    """Keeps lag and progress of the source topics and writes them into the metrics."""

    def __init__(
        self,
        metrics: Metrics,
        agents: dict[str, str],
        label: Callable[[str], str],
        clock: Callable[[], float] = time,
    ) -> None:
        """Follow the topics of `agents` (topic to agent); `label` makes a label of a topic."""
        self.topics = frozenset(agents)
        self._agents = agents
        self._label = label
        self._metrics = metrics
        self._clock = clock
        self._positions: dict[TP, _Position] = {}
        self._last_progress = monotonic()
        self._last_answer = monotonic()
        self._asking: asyncio.Future[Mapping[TP, int]] | None = None
        self._produce_to_event = metrics.histogram("produce_to_event_seconds")
        names = set(agents.values())
        self._through = {a: metrics.histogram("through_seconds").labels(a) for a in names}
        self._stamp = {a: metrics.gauge("last_progress_timestamp_seconds").labels(a) for a in names}
        for stamp in self._stamp.values():
            stamp.set(clock())
        for topic in self.topics:
            metrics.gauge("lag_messages").labels(label(topic)).set(0)
            metrics.gauge("lag_seconds").labels(label(topic)).set(0)
        self._answered(clock())

    @property
    def partitions(self) -> int:
        """Source partitions assigned to this worker."""
        return len(self._positions)

    @property
    def silent_seconds(self) -> float:
        """Seconds since the broker last answered."""
        return monotonic() - self._last_answer

    def assigned(self, partitions: set[TP]) -> None:
        """Begin anew with these partitions."""
        self._positions = {tp: _Position() for tp in partitions if tp.topic in self.topics}
        self.wait()
        self._metrics.counter("rebalances").inc()
        counts = Counter(tp.topic for tp in self._positions)
        for topic in self.topics:
            self._metrics.gauge("partitions").labels(self._label(topic)).set(counts[topic])

    def wait(self) -> None:
        """Something else holds the worker up, such as tables that are read back: no stall."""
        self._last_progress = monotonic()
        for position in self._positions.values():
            position.moved = self._last_progress

    def finished(self, event: EventT[Any]) -> None:
        """Note a message all of whose outputs are acknowledged."""
        message = event.message
        position = self._positions.get(message.tp)
        if position is not None:
            position.next_offset = message.offset + 1
            position.timestamp = message.timestamp
            position.moved = monotonic()
        self._last_progress = monotonic()
        agent = self._agents[message.topic]
        moment = self._clock()
        points_to = exemplar(event)
        self._through[agent].observe(max(0.0, moment - message.timestamp), points_to)
        self._stamp[agent].set(moment)
        for name, value in headers_of(event):
            if name == PRODUCED and value.isdigit():
                produced = int(value[:15]) / 1_000
                self._produce_to_event.observe(max(0.0, moment - produced), points_to)

    async def look(self, ends: Ends, patience: float) -> None:
        """Ask the broker where its topics end, and measure the lag.

        A question that is not answered within `patience` seconds stays asked: another one would
        only queue up behind it.
        """
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._ask(ends))
        done, _ = await asyncio.wait({self._asking}, timeout=patience)
        if not done:
            return
        asked, self._asking = self._asking, None
        if asked.cancelled() or asked.exception() is not None:
            log.debug("the broker did not say where its topics end")
            return
        self._last_answer = monotonic()
        self._answered(self._clock())
        self._measure(asked.result())

    @property
    def waiting(self) -> int:
        """Messages that wait on all partitions, as of the last look."""
        return sum(position.lag for position in self._positions.values())

    def stalled_seconds(self) -> float:
        """Seconds without progress while messages wait; 0 where none wait."""
        return monotonic() - self._last_progress if self.waiting else 0.0

    def stuck_seconds(self) -> float:
        """The longest time without progress on a partition on which messages wait, whatever others do."""
        waiting = [p.moved for p in self._positions.values() if p.lag]
        return monotonic() - min(waiting) if waiting else 0.0

    async def _ask(self, ends: Ends) -> Mapping[TP, int]:
        positions = dict(self._positions)
        new = [tp for tp, position in positions.items() if position.next_offset is None]
        unread = [tp for tp in new if ends.committed(tp) is None]
        first = await ends.earliest_offsets(*unread) if unread else {}
        for tp in new:
            if positions[tp].next_offset is None:
                positions[tp].next_offset = ends.committed(tp) or first.get(tp)
        return await ends.highwaters(*positions) if positions else {}

    def _measure(self, highwaters: Mapping[TP, int]) -> None:
        now = self._clock()
        lag: Counter[str] = Counter()
        waited: dict[str, float] = {}
        for tp, position in self._positions.items():
            end = highwaters.get(tp)
            if end is None or position.next_offset is None:
                continue
            position.lag = max(0, end - position.next_offset)
            if not position.lag:
                position.nothing_waited_at = now
                position.moved = monotonic()
                continue
            lag[tp.topic] += position.lag
            # What waits came after the last message that was processed, and after the last look
            # that found nothing waiting; before either there is only the first look.
            since = max(position.timestamp, position.nothing_waited_at)
            if not since:
                position.nothing_waited_at = since = now
            waited[tp.topic] = max(waited.get(tp.topic, 0.0), now - since)
        for topic in self.topics:
            label = self._label(topic)
            self._metrics.gauge("lag_messages").labels(label).set(lag[topic])
            self._metrics.gauge("lag_seconds").labels(label).set(max(0.0, waited.get(topic, 0.0)))
        if not lag.total():
            self._last_progress = monotonic()

    def _answered(self, moment: float) -> None:
        self._metrics.gauge("broker_answered_timestamp_seconds").set(moment)
