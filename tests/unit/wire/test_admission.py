"""What was passed over is read again; what is missing for good is stepped over; nothing is taken twice."""

import pytest
from aiokafka.errors import RequestTimedOutError
from faust.types import TP

from streams.wire import admission
from streams.wire.admission import Admission
from streams.wire.delivery import Delivery
from tests.unit.wire.delivery_parts import OTHER, RAW, FakeProducer, made, send, settle


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "FIRST_PAUSE", 0.0)


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
