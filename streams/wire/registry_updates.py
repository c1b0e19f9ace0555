"""Changes of the company registry while workers run.

Every worker follows the whole topic by itself, outside the group, since each needs every company; the
COMPANIES agent reads it once for all workers and turns bad changes into dead letters.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.articles.companies.registry import BadUpdate, CompanyUpdate, Registry
from streams.articles.rejection import Reason, Rejection
from streams.messages import Undecodable, decoded

log = logging.getLogger(__name__)

BATCH_MS = 500
CATCH_UP_SECONDS = 60
LONGEST_PAUSE = 15.0


def update_of(key: bytes | None, value: bytes | None) -> CompanyUpdate:
    """The change that a message holds; a message without value removes the company of its key.

    Raises:
        Rejection: `bad_company`, where it holds none.
    """
    if value is None:
        return CompanyUpdate(id=(key or b"").decode("utf-8", "replace"), deleted=True)
    try:
        return decoded(value, CompanyUpdate)
    except Undecodable as error:
        raise Rejection(Reason.BAD_COMPANY, "companies", f"Not a company: {error}.") from None


def check(registry: Registry, key: bytes | None, value: bytes | None) -> None:
    """Turn away a message that the registry would refuse.

    Raises:
        Rejection: `bad_company`, with the reason.
    """
    update = update_of(key, value)
    if update.deleted:
        # It may be removed here already: followers do not wait for the agent.
        return
    try:
        registry.with_update(update)
    except BadUpdate as error:
        raise Rejection(
            Reason.BAD_COMPANY, "companies", f"The registry refuses: {error}."
        ) from None


class RegistryFollower:
    """Reads the topic from its beginning and hands over each new registry."""

    def __init__(
        self,
        new_reader: Callable[[], AIOKafkaConsumer],
        topic: str,
        registry: Registry,
        on_change: Callable[[Registry], None],
    ) -> None:
        self._new_reader = new_reader
        self._topic = topic
        self.registry = registry
        self._on_change = on_change
        self._consumer: AIOKafkaConsumer | None = None
        self._stopped = False

    async def catch_up(self) -> None:
        """Take in all that lies on the topic now: before the first article is read."""
        self._consumer = await self._connected()
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        async with asyncio.timeout(CATCH_UP_SECONDS):
            while any([await self._consumer.position(tp) < end for tp, end in ends.items()]):
                await self._take()

    async def follow(self) -> None:
        """Take in what comes, until stopped; the broker may go away and come back."""
        pause = 0.5
        while not self._stopped:
            try:
                if self._consumer is None:
                    self._consumer = await self._connected()
                await self._take()
                pause = 0.5
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("company changes are not read (%s), trying again", type(error).__name__)
                await self._disconnect()
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Disconnect for good."""
        self._stopped = True
        await self._disconnect()

    async def _disconnect(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _connected(self) -> AIOKafkaConsumer:
        consumer = self._new_reader()
        await consumer.start()
        partitions = [TopicPartition(self._topic, 0)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        return consumer

    async def _take(self) -> None:
        if self._consumer is None:
            return
        batches = await self._consumer.getmany(timeout_ms=BATCH_MS)
        changes = [(message.key, message.value) for batch in batches.values() for message in batch]
        if changes:
            self.apply(changes)

    def apply(self, changes: Sequence[tuple[bytes | None, bytes | None]]) -> None:
        """A new registry with these changes; what is bad is left out, the agent rejects it."""
        registry = self.registry
        for key, value in changes:
            try:
                registry = registry.with_update(update_of(key, value))
            except (Rejection, BadUpdate):
                continue
        if registry is not self.registry:
            self.registry = registry
            log.info("the company registry is now %s", registry.version)
            self._on_change(registry)
