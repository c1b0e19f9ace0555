"""Offsets are released in order, and only when all outputs are acknowledged."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import RequestTimedOutError

from streams.wire import delivery as module
from tests.unit.wire.delivery_parts import OTHER, RAW, FakeProducer, made, send, settle


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0)


async def test_an_offset_is_committable_when_all_outputs_are_acknowledged() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    event = await send(delivery, 7, b"a", b"b")
    producer.answer(b"a")
    await settle()
    assert delivery.committable(RAW) is None
    assert not event.acked
    producer.answer(b"b")
    await settle()
    assert delivery.committable(RAW) == 8
    assert event.acked


async def test_offsets_are_released_as_a_prefix() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    events = [await send(delivery, offset, b"%d" % offset) for offset in (10, 11, 12)]
    producer.answer(b"11")
    producer.answer(b"12")
    await settle()
    assert delivery.committable(RAW) is None
    producer.answer(b"10")
    await settle()
    assert delivery.committable(RAW) == 13
    assert all(event.acked for event in events)


async def test_partitions_do_not_wait_for_each_other() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    await send(delivery, 1, b"slow")
    await send(delivery, 5, b"fast", tp=OTHER)
    producer.answer(b"fast")
    await settle()
    assert delivery.committable(RAW) is None
    assert delivery.committable(OTHER) == 6


async def test_a_message_without_outputs_is_done_at_once() -> None:
    delivery = await made(FakeProducer())
    await send(delivery, 3)
    assert delivery.committable(RAW) == 4


async def test_after_a_failure_all_from_there_on_is_sent_again_in_order() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    for offset in (1, 2, 3):
        await send(delivery, offset, b"%d" % offset)
    producer.answers = True
    producer.answer(b"1")
    producer.answer(b"2", RequestTimedOutError())
    producer.answer(b"3")
    await _until(lambda: delivery.committable(RAW) == 4)
    assert producer.sent == [b"1", b"2", b"3", b"2", b"3"]
    assert not delivery.retrying


async def test_nothing_new_is_sent_while_outputs_are_sent_again() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    await send(delivery, 1, b"1")
    producer.answer(b"1", RequestTimedOutError())
    await _until(lambda: producer.sent == [b"1", b"1"])
    later = asyncio.ensure_future(send(delivery, 2, b"2"))
    await settle()
    assert not later.done()
    assert b"2" not in producer.sent
    producer.answers = True
    producer.answer(b"1")
    await later
    assert producer.sent == [b"1", b"1", b"2"]


async def test_an_output_that_is_too_large_becomes_a_dead_letter() -> None:
    producer = FakeProducer(refuses={b"huge"}, answers=True)
    delivery = await made(producer)
    await send(delivery, 1, b"huge")
    await _until(lambda: delivery.committable(RAW) == 2)
    assert producer.sent[-1] == b"letter"


async def test_what_is_behind_a_gate_waits_for_its_answer() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    await send(delivery, 1, b"state", b"article", b"event", b"other event", gate=b"article")
    await send(delivery, 2, b"next")
    assert producer.sent == [b"state", b"article", b"next"]
    producer.answer(b"article")
    producer.answer(b"state")
    await settle()
    assert producer.sent[3:] == [b"event", b"other event"]
    producer.answer(b"event")
    await settle()
    assert delivery.committable(RAW) is None
    producer.answer(b"other event")
    await settle()
    assert delivery.committable(RAW) == 2


async def test_nothing_comes_of_what_was_refused_as_too_large() -> None:
    producer = FakeProducer(refuses={b"huge"}, answers=True)
    delivery = await made(producer)
    await send(delivery, 1, b"state", b"huge", b"event", gate=b"huge")
    await _until(lambda: delivery.committable(RAW) == 2)
    assert b"event" not in producer.sent
    assert producer.sent[-1] == b"letter"


async def test_what_is_behind_a_gate_is_sent_once_the_broker_takes_it() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    await send(delivery, 1, b"article", b"event", gate=b"article")
    producer.answers = True
    producer.answer(b"article", RequestTimedOutError())
    await _until(lambda: delivery.committable(RAW) == 2)
    assert producer.sent == [b"article", b"article", b"event"]


async def test_nothing_is_sent_behind_a_gate_whose_partition_went_away() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    await send(delivery, 1, b"article", b"event", gate=b"article")
    delivery.revoked({RAW})
    producer.answer(b"article")
    await settle()
    assert producer.sent == [b"article"]


async def test_what_was_in_flight_before_a_rebalance_commits_nothing_after_it() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    stale = await send(delivery, 500, b"stale")
    delivery.assigned({RAW}, 2)
    producer.answer(b"stale")
    await settle()
    assert delivery.committable(RAW) is None
    assert delivery.in_flight == 0
    # Faust waits at the next rebalance for all that was not acknowledged to it.
    assert stale.acked


async def test_a_message_of_an_earlier_generation_is_not_sent() -> None:
    producer = FakeProducer()
    delivery = await made(producer)
    delivery.assigned({RAW}, 2)
    event = await send(delivery, 500, b"stale", generation=1)
    assert producer.sent == []
    assert event.acked
    assert delivery.committable(RAW) is None


async def test_in_flight_is_bounded() -> None:
    producer = FakeProducer()
    delivery = await made(producer, most=2)
    await send(delivery, 1, b"1")
    await send(delivery, 2, b"2")
    third = asyncio.ensure_future(send(delivery, 3, b"3"))
    await settle()
    assert not third.done()
    producer.answer(b"1")
    await third
    assert delivery.in_flight == 2


async def _until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - any condition, with a deadline
            await asyncio.sleep(0.005)
