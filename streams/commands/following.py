"""Following topics from the command line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.commands.options import Fault
from streams.wire.broker import reader, unreachable
from streams.wire.settings import Settings

ASSIGNMENT_SECONDS = 30
# What is done with a batch may take retries of a webhook that is down.
LONGEST_BATCH_SECONDS = 3_600


@asynccontextmanager
async def following(
    settings: Settings, *names: str, beginning: bool, group: str | None = None
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer at the beginning or the end of topics (names without prefix).

    Args:
        settings: where the broker is.
        names: the topics.
        beginning: start with what is there already.
        group: go on where this group committed last; `beginning` then holds for its first time only.

    Raises:
        Fault: where the broker does not answer or a topic is missing.
    """
    topics = [settings.topic(name) for name in names]
    offset = "earliest" if beginning else "latest"
    parameters: dict[str, Any] = {"group_id": group, "auto_offset_reset": offset}
    if group is not None:
        parameters["max_poll_interval_ms"] = LONGEST_BATCH_SECONDS * 1_000
    consumer = reader(settings, **parameters)
    try:
        await consumer.start()
    except (KafkaError, OSError) as error:
        await consumer.stop()
        raise Fault(unreachable(settings, error)) from None
    try:
        known = await consumer.topics()
        missing = [topic for topic in topics if topic not in known]
        if missing:
            raise Fault(
                f"The broker has no topic {', '.join(missing)}: `frenemy topics create` makes it; the prefix "
                f"is {settings.prefix} (--prefix)."
            )
        consumer.subscribe(topics)
        if group is not None:
            await _joined(consumer)
            yield consumer
            return
        partitions = await _assigned(consumer, topics)
        if beginning:
            await consumer.seek_to_beginning(*partitions)
        else:
            await consumer.seek_to_end(*partitions)
        yield consumer
    finally:
        await asyncio.wait_for(consumer.stop(), timeout=10)


async def _joined(consumer: AIOKafkaConsumer) -> None:
    """Wait for partitions, and note where a new group begins: a crash must not move that."""
    async with asyncio.timeout(ASSIGNMENT_SECONDS):
        while not consumer.assignment():  # noqa: ASYNC110 - aiokafka has no event for it
            await asyncio.sleep(0.05)
        positions = {tp: await consumer.position(tp) for tp in consumer.assignment()}
    await consumer.commit(positions)


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
