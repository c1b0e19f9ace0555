"""Following topics from the command line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.commands.options import Fault
from streams.wire.broker import reader
from streams.wire.settings import Settings

ASSIGNMENT_SECONDS = 30


@asynccontextmanager
async def following(
    settings: Settings, *names: str, beginning: bool
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer at the beginning or the end of topics (names without prefix).

    Raises:
        Fault: where the broker does not answer or a topic is missing.
    """
    topics = [settings.topic(name) for name in names]
    consumer = reader(settings)
    try:
        await consumer.start()
    except (KafkaError, OSError) as error:
        await consumer.stop()
        raise Fault(
            f"No Kafka broker answers at {settings.broker} ({type(error).__name__}). Start one, or say where "
            "it is with --broker or FRENEMY_BROKER."
        ) from None
    try:
        known = await consumer.topics()
        missing = [topic for topic in topics if topic not in known]
        if missing:
            raise Fault(
                f"The broker has no topic {', '.join(missing)}: `frenemy topics create` makes it; the prefix "
                f"is {settings.prefix} (--prefix)."
            )
        consumer.subscribe(topics)
        partitions = await _assigned(consumer, topics)
        if beginning:
            await consumer.seek_to_beginning(*partitions)
        else:
            await consumer.seek_to_end(*partitions)
        yield consumer
    finally:
        await asyncio.wait_for(consumer.stop(), timeout=10)


async def _assigned(consumer: AIOKafkaConsumer, topics: list[str]) -> list[TopicPartition]:
    async with asyncio.timeout(ASSIGNMENT_SECONDS):
        while {tp.topic for tp in consumer.assignment()} != set(topics):
            await consumer.getmany(timeout_ms=50)
    return list(consumer.assignment())


async def until_end(consumer: AIOKafkaConsumer) -> AsyncIterator[Any]:
    """All messages up to where the partitions end now."""
    ends = await consumer.end_offsets(list(consumer.assignment()))
    while True:
        for messages in (await consumer.getmany(timeout_ms=500)).values():
            for message in messages:
                if message.offset < ends[TopicPartition(message.topic, message.partition)]:
                    yield message
        positions = {tp: await consumer.position(tp) for tp in ends}
        if all(positions[tp] >= end for tp, end in ends.items()):
            return
