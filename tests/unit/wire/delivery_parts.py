"""A delivery without Kafka: the test hands messages over and answers in the place of the broker."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faust.types import TP

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
    # The fake event has what delivery asks of Faust's, and no more.
    if await delivery.admit(event):  # type: ignore[arg-type]
        await delivery.deliver(event, outputs, lambda: [Output("rejected", None, b"letter")])  # type: ignore[arg-type]
    return event


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
