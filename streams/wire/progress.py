"""Where the worker stands on its partitions: lag, progress, and whether it is stalled."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, time
from typing import Any, Protocol

from faust.types import TP, EventT

from streams.wire.metrics import Metrics


class Ends(Protocol):
    """What is asked of the consumer."""

    def highwater(self, tp: TP) -> int | None:
        """Offset that the next message written to the partition will have."""


@dataclass(slots=True)
class _Position:
    next_offset: int | None = None
    timestamp: float = 0.0
    lag: int = 0


class Progress:
    """Keeps lag and progress of the source topics and writes them into the metrics."""

    def __init__(
        self, metrics: Metrics, agents: dict[str, str], label: Callable[[str], str]
    ) -> None:
        """Follow the topics of `agents` (topic to agent); `label` makes a metric label of a topic."""
        self.topics = frozenset(agents)
        self._agents = agents
        self._label = label
        self._metrics = metrics
        self._positions: dict[TP, _Position] = {}
        self._last_progress = monotonic()
        self._through = {
            agent: metrics.histogram("through_seconds").labels(agent)
            for agent in set(agents.values())
        }
        self._stamp = {
            agent: metrics.gauge("last_progress_timestamp_seconds").labels(agent)
            for agent in set(agents.values())
        }

    @property
    def partitions(self) -> int:
        """Source partitions assigned to this worker."""
        return len(self._positions)

    def assigned(self, partitions: set[TP]) -> None:
        """Begin anew with these partitions."""
        self._positions = {tp: _Position() for tp in partitions if tp.topic in self.topics}
        self._last_progress = monotonic()
        self._metrics.counter("rebalances").inc()
        counts = Counter(tp.topic for tp in self._positions)
        for topic in self.topics:
            self._metrics.gauge("partitions").labels(self._label(topic)).set(counts[topic])

    def finished(self, event: EventT[Any]) -> None:
        """Note a message all of whose outputs are acknowledged."""
        message = event.message
        position = self._positions.get(message.tp)
        if position is not None:
            position.next_offset = message.offset + 1
            position.timestamp = message.timestamp
        self._last_progress = monotonic()
        agent = self._agents[message.topic]
        moment = time()
        self._through[agent].observe(max(0.0, moment - message.timestamp))
        self._stamp[agent].set(moment)

    def look(self, ends: Ends) -> None:
        """Measure the lag."""
        lag: Counter[str] = Counter()
        oldest: dict[str, float] = {}
        for tp, position in self._positions.items():
            end = ends.highwater(tp)
            if end is None or position.next_offset is None:
                position.lag = 0
                continue
            position.lag = max(0, end - position.next_offset)
            lag[tp.topic] += position.lag
            if position.lag:
                oldest[tp.topic] = min(oldest.get(tp.topic, position.timestamp), position.timestamp)
        for topic in self.topics:
            label = self._label(topic)
            self._metrics.gauge("lag_messages").labels(label).set(lag[topic])
            age = time() - oldest[topic] if topic in oldest else 0.0
            self._metrics.gauge("lag_seconds").labels(label).set(max(0.0, age))
        if not any(lag.values()):
            self._last_progress = monotonic()

    def stalled_seconds(self) -> float:
        """Seconds without progress while messages wait; 0 where none wait."""
        waiting = any(position.lag for position in self._positions.values())
        return monotonic() - self._last_progress if waiting else 0.0
