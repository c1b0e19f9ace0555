"""Offsets are released in order, and only when all outputs are acknowledged."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RequestTimedOutError
from faust.types import TP

from streams.wire import admission
from streams.wire import delivery as module
from streams.wire.admission import Admission
from streams.wire.delivery import Delivery
from streams.wire.outputs import Output

RAW = TP("raw", 0)
OTHER = TP("raw", 1)


@dataclass
class FakeMessage:
    offset: int
    tp: TP = RAW
    generation_id: int = 1


@dataclass(eq=False)
class FakeEvent:
    message: FakeMessage
    acked: bool = False

    def ack(self) -> bool:
        self.acked = True
        return True


@dataclass
class FakeProducer:
    """Keeps what was sent; the test says when and how the broker answers."""

    sent: list[bytes] = field(default_factory=list)
    waiting: deque[tuple[bytes, "asyncio.Future[Any]"]] = field(default_factory=deque)
    answers: bool = False
    refuses: set[bytes] = field(default_factory=set)

    waits: int = 0

    def pace(self, waiting: int) -> None:
        self.waits = waiting

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def send(self, topic: str, value: bytes, *rest: object) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.sent.append(value)
        if value in self.refuses:
            future.set_exception(MessageSizeTooLargeError())
        elif self.answers:
            future.set_result(None)
        else:
            self.waiting.append((value, future))
        return future

    def answer(self, value: bytes, error: KafkaError | None = None) -> None:
        for pair in list(self.waiting):
            if pair[0] == value:
                self.waiting.remove(pair)
                if error is None:
                    pair[1].set_result(None)
                else:
                    pair[1].set_exception(error)


async def made(producer: FakeProducer, most: int = 100) -> Delivery:
    delivery = Delivery(lambda: producer, most)
    await delivery.start()
    delivery.assigned({RAW, OTHER}, 1)
    return delivery


async def send(
    delivery: Delivery,
    offset: int,
    *values: bytes,
    tp: TP = RAW,
    generation: int = 1,
    gate: bytes | None = None,
) -> FakeEvent:
    event = FakeEvent(FakeMessage(offset, tp, generation))
    outputs = [Output("out", b"key", value, gate=value == gate) for value in values]
    if await delivery.admit(event):  # type: ignore[arg-type]
        await delivery.deliver(event, outputs, lambda: [Output("rejected", None, b"letter")])  # type: ignore[arg-type]
    return event


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(admission, "FIRST_PAUSE", 0.0)


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


async def test_a_partition_is_read_again_from_what_was_passed_over() -> None:
    producer = FakeProducer(answers=True)
    sought: list[tuple[TP, int]] = []

    async def read_again(partition: TP, offset: int) -> None:
        sought.append((partition, offset))

    delivery = Delivery(lambda: producer, 100, admission=Admission(read_again=read_again))
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 10, b"10")
    for offset in (13, 14):
        await send(delivery, offset, b"%d" % offset)
    await settle()
    assert sought == [(RAW, 11)]
    assert delivery.committable(RAW) == 11
    for offset in (11, 12, 13, 14):
        await send(delivery, offset, b"%d" % offset)
    await settle()
    assert delivery.committable(RAW) == 15
    assert producer.sent == [b"10", b"11", b"12", b"13", b"14"]


async def test_offsets_that_do_not_exist_are_stepped_over_after_a_second_look() -> None:
    producer = FakeProducer(answers=True)
    delivery = await made(producer)
    for offset in (10, 15, 15, 16):
        await send(delivery, offset, b"%d" % offset)
    await settle()
    assert producer.sent == [b"10", b"15", b"16"]
    assert delivery.committable(RAW) == 17


async def test_a_gap_that_the_broker_knows_to_be_none_is_read_again_and_again() -> None:
    producer = FakeProducer(answers=True)
    sought: list[int] = []

    async def read_again(partition: TP, offset: int) -> None:
        sought.append(offset)

    async def first_existing(partition: TP, offset: int) -> int:
        return offset

    delivery = Delivery(
        lambda: producer,
        100,
        admission=Admission(read_again=read_again, first_existing=first_existing),
    )
    await delivery.start()
    delivery.assigned({RAW}, 1)
    for offset in (10, 15, 15, 16, 11):
        await send(delivery, offset, b"%d" % offset)
    assert sought == [11, 11]
    assert producer.sent == [b"10", b"11"]


async def test_a_broker_that_does_not_answer_is_asked_again() -> None:
    producer = FakeProducer(answers=True)
    asked: list[TP] = []

    async def first_offset(partition: TP) -> int:
        asked.append(partition)
        if len(asked) < 3:
            raise RequestTimedOutError
        return 5

    delivery = Delivery(lambda: producer, 100, admission=Admission(first_offset=first_offset))
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 5, b"5")
    assert producer.sent == [b"5"]
    assert len(asked) == 3


async def test_what_stays_missing_is_sought_again() -> None:
    producer = FakeProducer(answers=True)
    sought: list[int] = []

    async def read_again(partition: TP, offset: int) -> None:
        sought.append(offset)

    delivery = Delivery(lambda: producer, 100, admission=Admission(read_again=read_again))
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 10, b"10")
    await send(delivery, 15, b"15")
    await delivery.look_for_missing()
    assert sought == [11]
    await delivery.look_for_missing()
    assert sought == [11, 11]
    for offset in range(11, 16):
        await send(delivery, offset, b"x")
    await delivery.look_for_missing()
    assert sought == [11, 11]


@pytest.mark.parametrize(("handed_over", "again"), [(11, 1), (12, 2), (None, 2)])
async def test_what_has_yet_to_be_handed_over_is_not_sought_again(
    handed_over: int | None, again: int
) -> None:
    producer = FakeProducer(answers=True)
    sought: list[int] = []

    async def read_again(partition: TP, offset: int) -> None:
        sought.append(offset)

    reading = Admission(read_again=read_again, handed_over=lambda partition: handed_over)
    delivery = Delivery(lambda: producer, 100, admission=reading)
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 10, b"10")
    await send(delivery, 15, b"15")
    for _ in range(2):
        await delivery.look_for_missing()
    assert sought == [11] * again


@pytest.mark.parametrize(
    ("handed_over", "on_its_way", "sought_at"),
    [(99, False, [11]), (99, True, []), (11, False, []), (None, False, [])],
    ids=["passed over", "on its way", "yet to come", "unknown"],
)
async def test_what_was_passed_over_at_the_end_is_read_again_though_nothing_comes_behind_it(
    handed_over: int | None, on_its_way: bool, sought_at: list[int]
) -> None:
    sought: list[int] = []
    passed = handed_over

    async def read_again(partition: TP, offset: int) -> None:
        nonlocal passed
        sought.append(offset)
        passed = offset

    reading = Admission(
        read_again=read_again,
        handed_over=lambda tp: passed if tp == RAW else None,
        on_its_way=lambda tp: on_its_way,
    )
    producer = FakeProducer(answers=True)
    delivery = Delivery(lambda: producer, 100, admission=reading)
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 10, b"10")
    for _ in range(4):
        await delivery.look_for_missing()
    assert sought == sought_at


async def test_a_partition_of_which_nothing_came_is_read_from_where_it_begins() -> None:
    sought: list[tuple[TP, int]] = []

    async def read_again(partition: TP, offset: int) -> None:
        sought.append((partition, offset))

    async def first_offset(partition: TP) -> int:
        if partition == OTHER:
            raise RequestTimedOutError
        return 5

    reading = Admission(
        first_offset=first_offset, read_again=read_again, handed_over=lambda tp: 104
    )
    producer = FakeProducer(answers=True)
    delivery = Delivery(lambda: producer, 100, admission=reading)
    await delivery.start()
    delivery.assigned({RAW, OTHER}, 1)
    for _ in range(2):
        await delivery.look_for_missing()
    assert sought == [(RAW, 5)]
    await send(delivery, 5, b"5")
    assert producer.sent == [b"5"]


async def test_a_message_that_was_taken_is_not_taken_again() -> None:
    producer = FakeProducer(answers=True)
    delivery = await made(producer)
    for offset in (10, 11, 10, 11, 12):
        await send(delivery, offset, b"%d" % offset)
    await settle()
    assert producer.sent == [b"10", b"11", b"12"]


async def test_a_partition_begins_where_it_was_committed() -> None:
    producer = FakeProducer(answers=True)

    async def first_offset(partition: TP) -> int:
        return 5

    delivery = Delivery(lambda: producer, 100, admission=Admission(first_offset=first_offset))
    await delivery.start()
    delivery.assigned({RAW}, 1)
    await send(delivery, 8, b"8")
    assert producer.sent == []
    for offset in (5, 6, 7, 8):
        await send(delivery, offset, b"%d" % offset)
    assert producer.sent == [b"5", b"6", b"7", b"8"]


async def _until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - any condition, with a deadline
            await asyncio.sleep(0.005)
