"""Batches wait for company only where messages wait anyway."""

from streams.wire import broker
from streams.wire.settings import load


async def test_batches_wait_longer_only_while_much_waits() -> None:
    producer = broker.producer(load({}, {}))
    accumulator = producer._message_accumulator
    idle = accumulator._linger_time
    producer.pace(broker.BUSY_MESSAGES + 1)
    assert accumulator._linger_time == broker.BUSY_LINGER_MS / 1_000
    producer.pace(broker.BUSY_MESSAGES)
    assert accumulator._linger_time == idle == broker.LINGER_MS / 1_000
    await producer.stop()
