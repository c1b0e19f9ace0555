"""What is fetched is taken from all partitions in turn, and a worker sees where nothing comes."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from faust.types import TP

from streams.wire.app import PARTITION_PATIENCE, FrenemyApp
from streams.wire.consumer import _ConsumerThread, served_last

BACKLOG, OTHER = TP("detections", 0), TP("raw", 4)


def fetched(name: str, count: int) -> Any:
    """So many messages that were fetched of a partition, as aiokafka keeps them."""
    left = [f"{name} {number}" for number in range(count)]

    def getall(most: int) -> list[str]:
        taken = left[:most]
        del left[:most]
        return taken

    result = FetchResult.__new__(FetchResult)
    result.getall, result.has_more = getall, lambda: bool(left)
    return result


@pytest.mark.parametrize("fair", [True, False], ids=["ours", "naive"])
async def test_a_backlog_does_not_keep_other_partitions_waiting(fair: bool) -> None:
    buffered = {BACKLOG: fetched("detection", 5_000), OTHER: fetched("article", 3)}
    fetcher: Any = SimpleNamespace(
        _records=buffered,
        _subscriptions=SimpleNamespace(reassignment_in_progress=False),
        _notify=lambda waiting: None,
        _wait_consume_future=None,
    )
    came: list[TP] = []
    for _ in range(2):
        served = await Fetcher.fetched_records(fetcher, [BACKLOG, OTHER], 0, 500)
        came.extend(served)
        if fair:
            served_last(buffered, served)
    assert (OTHER in came) is fair


def stall(stalled: float, stuck: float, hindered: bool = False) -> str | None:
    app: Any = SimpleNamespace(
        settings=SimpleNamespace(stall_seconds=60.0),
        progress=SimpleNamespace(stalled_seconds=lambda: stalled, stuck_seconds=lambda: stuck),
        _hindered=hindered,
    )
    return FrenemyApp.stall(cast(FrenemyApp, app))


def test_a_partition_may_wait_longer_than_the_worker_but_not_for_ever() -> None:
    longest = 60.0 * PARTITION_PATIENCE
    assert stall(10, longest - 1) is None
    assert "no progress on a partition" in (stall(10, longest + 1) or "")
    assert "no progress for 61 s" in (stall(61, 61) or "")
    assert stall(longest + 1, longest + 1, hindered=True) is None


async def test_one_goes_back_in_the_thread_that_fetches() -> None:
    went: list[tuple[str, TP, int]] = []

    def seek(tp: TP, offset: int) -> None:
        went.append(("there", TP(*tp), offset))

    async def call_thread(method: Any, *args: Any, **kwargs: Any) -> None:
        went.append(("called", OTHER, 0))
        method(*args, **kwargs)

    thread: Any = SimpleNamespace(
        _ensure_consumer=lambda: SimpleNamespace(seek=seek), call_thread=call_thread
    )
    await _ConsumerThread.go_to(thread, BACKLOG, 7)
    assert went == [("called", OTHER, 0), ("there", BACKLOG, 7)]
