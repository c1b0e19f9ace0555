"""Ways in which Faust loses messages: each scenario holds with our delivery and fails with the naive one."""

from typing import Any

import pytest
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from faust.types import TP, EventT
from typing_extensions import override

from streams.wire.admission import Admission
from streams.wire.delivery import Delivery, _Entry, _Lane
from streams.wire.outputs import Output
from tests.unit.wire.delivery_parts import OTHER, RAW, FakeProducer, send, settle
from tests.unit.wire.pipeline_parts import event, pipeline


class CommitsTheHighest(Delivery):
    """Commits past what is in flight, as Faust does where later messages are acknowledged first."""

    @override
    def _release(self, lane: _Lane) -> None:
        done = [entry.event.message.offset for entry in lane.entries if entry.done]
        lane.committable = max(done) + 1


class DoesNotLookAtTheAnswer(Delivery):
    """Commits after a flush, which waits for the batches and never says that one failed."""

    @override
    def _settled(
        self, lane: _Lane, entry: _Entry, output: Output | None, error: BaseException | None
    ) -> None:
        super()._settled(lane, entry, output, None)


class TakesWhatComes(Delivery):
    """Takes the next message that Faust hands over, whatever was passed over at a rebalance."""

    @override
    async def admit(self, event: EventT[Any]) -> bool:
        return True


class KeepsWhatWasInFlight(Delivery):
    """Goes on with messages of partitions that were taken away."""

    @override
    def revoked(self, partitions: set[TP]) -> None:
        pass


def kinds(naive: type[Delivery]) -> pytest.MarkDecorator:
    """Our delivery, which holds, and one without the guard, which does not."""
    return pytest.mark.parametrize(
        ("kind", "holds"), [(Delivery, True), (naive, False)], ids=["ours", "naive"]
    )


async def begun(kind: type[Delivery], producer: FakeProducer, **more: Any) -> Delivery:
    delivery = kind(lambda: producer, 100, **more)
    await delivery.start()
    delivery.assigned({RAW, OTHER}, 1)
    return delivery


@kinds(CommitsTheHighest)
async def test_a_message_in_flight_is_not_committed_over(kind: type[Delivery], holds: bool) -> None:
    producer = FakeProducer()
    delivery = await begun(kind, producer)
    for offset in (10, 11, 12):
        await send(delivery, offset, b"%d" % offset)
    producer.answer(b"11")
    producer.answer(b"12")
    await settle()
    assert (delivery.committable(RAW) is None) is holds
    await delivery.stop()


@kinds(DoesNotLookAtTheAnswer)
@pytest.mark.parametrize(
    "error", [KafkaError(), TopicAuthorizationFailedError(), TimeoutError()], ids=repr
)
async def test_an_output_that_failed_is_not_committed_over(
    kind: type[Delivery], holds: bool, error: Exception
) -> None:
    producer = FakeProducer()
    delivery = await begun(kind, producer)
    await send(delivery, 10, b"a")
    producer.answer(b"a", error)
    await settle()
    assert (delivery.committable(RAW) is None) is holds
    await delivery.stop()


@kinds(TakesWhatComes)
async def test_what_faust_passed_over_is_not_committed_over(
    kind: type[Delivery], holds: bool
) -> None:
    async def committed(partition: TP) -> int:
        return 10

    delivery = await begun(
        kind, FakeProducer(answers=True), admission=Admission(first_offset=committed)
    )
    await send(delivery, 17, b"a")
    await settle()
    assert (delivery.committable(RAW) is None) is holds
    await delivery.stop()


@kinds(KeepsWhatWasInFlight)
async def test_what_another_worker_has_now_is_not_committed(
    kind: type[Delivery], holds: bool
) -> None:
    producer = FakeProducer()
    delivery = await begun(kind, producer)
    await send(delivery, 10, b"a")
    delivery.revoked({RAW})
    producer.answer(b"a")
    await settle()
    assert (delivery.committable(RAW) is None) is holds
    await Delivery.stop(delivery)


def test_a_fault_of_the_program_becomes_a_dead_letter() -> None:
    def broken(event: EventT[Any]) -> list[Output]:
        raise ZeroDivisionError

    parts, _ = pipeline()
    message = event("news.articles.raw", b"a1", b"{}")
    # The naive agent: the error leaves it, and Faust acknowledges the message.
    with pytest.raises(ZeroDivisionError):
        broken(message)
    outputs, rejected = parts.handle(message, broken, "articles")
    assert rejected
    assert b'"internal_error"' in (outputs[0].value or b"")
