"""A coroutine that is begun at once ends as it would have in a task of its own."""

import asyncio
from typing import Any, cast

import pytest
from faust.types import TP
from mode.utils.locks import Event

from streams.wire.consumer import PrefixConsumer
from streams.wire.inner_loop import QuietMonitor, begun


async def _sum(*waits: "asyncio.Future[int]") -> int:
    return sum([await future for future in waits])


async def test_what_does_not_wait_is_done_at_once() -> None:
    assert begun(_sum()) == (True, 0)


async def test_what_waits_goes_on_where_it_stood() -> None:
    first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    second: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    done, rest = begun(_sum(first, second))
    assert not done
    task = asyncio.ensure_future(cast(Any, rest))
    first.set_result(3)
    await asyncio.sleep(0)
    second.set_result(4)
    assert await task == 7


async def test_its_own_error_comes_out() -> None:
    waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _, rest = begun(_sum(waiting))
    waiting.set_exception(OSError("no"))
    with pytest.raises(OSError, match="no"):
        await cast(Any, rest)


async def test_it_is_told_when_it_is_cancelled() -> None:
    told: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    _, rest = begun(work())
    task = asyncio.ensure_future(cast(Any, rest))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert told == ["cancelled"]


def _consumer() -> PrefixConsumer:
    consumer = object.__new__(PrefixConsumer)
    consumer.suspend_flow = asyncio.Event()
    consumer._stopped = Event()
    consumer._crashed = Event()
    consumer.loop = asyncio.get_running_loop()
    return consumer


async def test_a_message_is_handed_on_without_a_task() -> None:
    consumer = _consumer()
    before = asyncio.all_tasks()
    result = await consumer.wait_first(_sum(), consumer.suspend_flow.wait())
    assert result.results == [0]
    assert asyncio.all_tasks() == before


async def test_handing_on_ends_when_the_flow_is_suspended() -> None:
    consumer = _consumer()
    told: list[str] = []

    async def hand_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("ended")

    waiting = asyncio.ensure_future(consumer.wait_first(hand_on(), consumer.suspend_flow.wait()))
    await asyncio.sleep(0)
    assert not told
    consumer.suspend_flow.set()
    await asyncio.wait_for(waiting, 5)
    await asyncio.sleep(0)
    assert told == ["ended"]


async def test_faust_can_still_tell_a_stream_that_stands() -> None:
    monitor = QuietMonitor()
    at = TP("raw", 0)
    monitor.on_stream_event_in(at, 7, cast(Any, None), cast(Any, None))
    assert at in monitor.stream_inbound_time
