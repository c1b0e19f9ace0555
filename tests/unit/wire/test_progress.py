"""Lag is told in messages and seconds, from the start, and a silent broker is no stall."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from faust.types import TP

from streams.wire import progress as module
from streams.wire.metrics import Metrics
from streams.wire.progress import Progress

RAW, OTHER = TP("p.raw", 0), TP("p.raw", 1)
DETECTIONS = TP("p.detections", 0)


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeEnds:
    ends: dict[TP, int] = field(default_factory=dict)
    first: dict[TP, int] = field(default_factory=dict)
    committed_offsets: dict[TP, int] = field(default_factory=dict)
    answers: asyncio.Event | None = None
    fails: bool = False
    asked: int = 0

    def committed(self, tp: TP) -> int | None:
        return self.committed_offsets.get(tp)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        self.asked += 1
        if self.answers is not None:
            await self.answers.wait()
        if self.fails:
            raise OSError("gone")
        return {tp: self.ends.get(tp, 0) for tp in partitions}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {tp: self.first.get(tp, 0) for tp in partitions}


@dataclass
class FakeMessage:
    tp: TP
    offset: int
    timestamp: float
    headers: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return self.tp.topic

    @property
    def partition(self) -> int:
        return self.tp.partition


@dataclass
class FakeEvent:
    message: FakeMessage


def event(tp: TP, offset: int, timestamp: float, *headers: tuple[str, bytes]) -> Any:
    return FakeEvent(FakeMessage(tp, offset, timestamp, list(headers)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def progress(metrics: Metrics, clock: Clock) -> Progress:
    agents = {"p.raw": "articles", "p.detections": "relations"}
    made = Progress(metrics, agents, lambda topic: topic.removeprefix("p."), clock)
    made.assigned({RAW, OTHER, DETECTIONS})
    return made


def value(metrics: Metrics, name: str, **labels: str) -> float:
    found = metrics.registry.get_sample_value(f"frenemy_{name}", labels)
    assert found is not None
    return found


async def test_a_backlog_counts_before_the_first_message(
    progress: Progress, metrics: Metrics, clock: Clock
) -> None:
    ends = FakeEnds({RAW: 50, OTHER: 7}, first={OTHER: 2}, committed_offsets={RAW: 40})
    await progress.look(ends, 1)
    assert value(metrics, "lag_messages", topic="raw") == 15
    assert value(metrics, "lag_seconds", topic="raw") == 0
    clock.now += 30
    await progress.look(ends, 1)
    assert value(metrics, "lag_seconds", topic="raw") == 30
    assert progress.stalled_seconds() == 30


async def test_seconds_of_lag_begin_with_the_oldest_waiting_message(
    progress: Progress, metrics: Metrics, clock: Clock
) -> None:
    ends = FakeEnds({RAW: 10})
    progress.finished(event(RAW, 9, clock.now - 86_400))
    await progress.look(ends, 1)
    assert value(metrics, "lag_seconds", topic="raw") == 0
    # A day of silence, then one message: it waits since the last look, not since the last message.
    clock.now += 5
    ends.ends[RAW] = 11
    await progress.look(ends, 1)
    assert value(metrics, "lag_seconds", topic="raw") == 5
    # Messages are processed while more wait: what waits is younger than the last one processed.
    clock.now += 60
    progress.finished(event(RAW, 10, clock.now - 3))
    ends.ends[RAW] = 20
    await progress.look(ends, 1)
    assert value(metrics, "lag_messages", topic="raw") == 9
    assert value(metrics, "lag_seconds", topic="raw") == 3
    assert progress.stalled_seconds() == 0


async def test_nothing_waiting_is_no_stall(progress: Progress, clock: Clock) -> None:
    clock.now += 9_999
    await progress.look(FakeEnds(), 1)
    assert progress.stalled_seconds() == 0


async def test_a_partition_on_which_nothing_moves_is_stuck_whatever_others_do(
    progress: Progress, clock: Clock
) -> None:
    ends = FakeEnds({RAW: 50, OTHER: 50})
    await progress.look(ends, 1)
    for offset in range(5):
        clock.now += 100
        progress.finished(event(OTHER, offset, clock.now))
        await progress.look(ends, 1)
    assert progress.stalled_seconds() == 0
    assert progress.stuck_seconds() == 500
    progress.finished(event(RAW, 0, clock.now))
    assert progress.stuck_seconds() == 0


async def test_a_partition_on_which_nothing_waits_is_not_stuck(
    progress: Progress, clock: Clock
) -> None:
    ends = FakeEnds({RAW: 50})
    await progress.look(ends, 1)
    progress.finished(event(RAW, 49, clock.now))
    clock.now += 5_000
    await progress.look(ends, 1)
    ends.ends[RAW] = 51
    clock.now += 5
    await progress.look(ends, 1)
    assert progress.stuck_seconds() == 5


async def test_what_holds_the_worker_up_makes_no_partition_stuck(
    progress: Progress, clock: Clock
) -> None:
    await progress.look(FakeEnds({RAW: 50}), 1)
    clock.now += 500
    progress.wait()
    assert progress.stuck_seconds() == 0


async def test_waiting_for_tables_is_no_stall(progress: Progress, clock: Clock) -> None:
    ends = FakeEnds({RAW: 50})
    await progress.look(ends, 1)
    clock.now += 500
    progress.wait()
    assert progress.stalled_seconds() == 0


@pytest.mark.parametrize("fails", [True, False])
async def test_a_broker_that_does_not_answer_is_asked_once(
    progress: Progress, metrics: Metrics, clock: Clock, fails: bool
) -> None:
    ends = FakeEnds({RAW: 5}, answers=asyncio.Event())
    await progress.look(ends, 0)
    clock.now += 20
    await progress.look(ends, 0)
    assert ends.asked == 1
    assert progress.silent_seconds == 20
    assert value(metrics, "broker_answered_timestamp_seconds") == 1_000
    ends.fails = fails
    assert ends.answers is not None
    ends.answers.set()
    await progress.look(ends, 1)
    assert progress.silent_seconds == (20 if fails else 0)
    assert value(metrics, "lag_messages", topic="raw") == (0 if fails else 5)


async def test_new_partitions_begin_anew(
    progress: Progress, metrics: Metrics, clock: Clock
) -> None:
    await progress.look(FakeEnds({RAW: 50}), 1)
    progress.assigned({OTHER, TP("something.else", 0)})
    assert progress.partitions == 1
    assert value(metrics, "partitions", topic="raw") == 1
    assert value(metrics, "partitions", topic="detections") == 0
    assert value(metrics, "rebalances_total") == 2
    await progress.look(FakeEnds({RAW: 50, OTHER: 0}), 1)
    assert value(metrics, "lag_messages", topic="raw") == 0
    progress.finished(event(RAW, 9, clock.now))
    await progress.look(FakeEnds({OTHER: 0}), 1)
    assert value(metrics, "lag_messages", topic="raw") == 0


def test_time_from_produce_to_event_goes_over_both_hops(
    progress: Progress, metrics: Metrics, clock: Clock
) -> None:
    trace = ("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")
    produced = ("frenemy.produced", b"990000")
    progress.finished(event(DETECTIONS, 0, clock.now - 1, produced, trace))
    progress.finished(event(RAW, 0, clock.now - 4))
    assert value(metrics, "produce_to_event_seconds_sum") == 10
    assert value(metrics, "produce_to_event_seconds_count") == 1
    assert value(metrics, "through_seconds_sum", agent="relations") == 1
    assert value(metrics, "through_seconds_sum", agent="articles") == 4
    assert value(metrics, "last_progress_timestamp_seconds", agent="articles") == clock.now
    exemplars = {
        tuple(sample.exemplar.labels.items())
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.exemplar is not None
    }
    assert exemplars == {(("trace_id", "a" * 32),), (("message", "p.raw/0/0"),)}


def test_a_forged_header_harms_nothing(progress: Progress, metrics: Metrics, clock: Clock) -> None:
    for forged in (b"", b"x", b"-5", b"9" * 400, "٣".encode()):
        progress.finished(event(DETECTIONS, 0, clock.now, ("frenemy.produced", forged)))
    assert value(metrics, "produce_to_event_seconds_sum") == 0
