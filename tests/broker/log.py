"""Reading and writing topics in tests."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.contract import topics
from streams.wire.broker import producer, reader
from streams.wire.settings import Settings
from streams.wire.topic_admin import partitions_of


@dataclass(frozen=True, slots=True)
class Record:
    """A message of a topic."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]
    timestamp_ms: int = 0


def publish(
    settings: Settings,
    messages: Iterable[tuple[bytes | None, bytes]],
    handle: str = "articles_raw",
    headers: Iterable[tuple[str, bytes]] = (),
) -> None:
    """Publish (key, value) messages and wait until the broker has them."""

    async def run() -> None:
        client = producer(settings)
        await client.start()
        try:
            topic = settings.topic(topics()[handle].name)
            pending = [
                await client.send(topic, value, key, headers=list(headers))
                for key, value in messages
            ]
            await asyncio.gather(*pending)
        finally:
            await client.stop()

    asyncio.run(run())


def read(settings: Settings, handle: str) -> list[Record]:
    """All messages of a topic as it ends now."""
    return asyncio.run(_read(settings, handle, lambda records: True, 30))


def read_until(
    settings: Settings, handle: str, enough: Callable[[list[Record]], bool], seconds: float = 60
) -> list[Record]:
    """All messages of a topic, waiting until they are enough.

    Raises:
        AssertionError: where they are not in time.
    """
    return asyncio.run(_read(settings, handle, enough, seconds))


async def _read(
    settings: Settings, handle: str, enough: Callable[[list[Record]], bool], seconds: float
) -> list[Record]:
    declared = topics()[handle]
    name = settings.topic(declared.name)
    consumer = reader(settings)
    await consumer.start()
    try:
        partitions = [TopicPartition(name, p) for p in range(partitions_of(declared, settings))]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        records: list[Record] = []
        deadline = time.monotonic() + seconds
        while True:
            await _collect(consumer, records)
            if enough(records):
                return records
            if time.monotonic() > deadline:
                raise AssertionError(f"{name} has {len(records)} messages after {seconds:.0f} s")
    finally:
        await consumer.stop()


async def _collect(consumer: AIOKafkaConsumer, records: list[Record]) -> None:
    """Read up to the present end."""
    ends: dict[Any, int] = await consumer.end_offsets(list(consumer.assignment()))
    while True:
        positions = {tp: await consumer.position(tp) for tp in ends}
        if all(positions[tp] >= end for tp, end in ends.items()):
            return
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records.extend(
                Record(m.partition, m.offset, m.key, m.value, dict(m.headers), m.timestamp)
                for m in batch
            )
