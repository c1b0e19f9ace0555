"""How much work is left for a pipeline, told from outside: what is committed against what there is."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from streams.contract import topics
from streams.wire.broker import client_parameters, reader
from streams.wire.settings import Settings
from streams.wire.topic_admin import partitions_of

# Each before what comes of it: what is done in the first cannot become work of the later ones again.
FLOW = ("articles_raw", "articles_rekeyed", "detections", "feedback", "feedback_rekeyed")


class Remaining:
    """Asks the broker how many messages the workers of a prefix have not finished."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> "Remaining":
        self._admin = AIOKafkaAdminClient(**client_parameters(self._settings))
        self._consumer = reader(self._settings)
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._consumer is not None:
            await self._consumer.stop()
        if self._admin is not None:
            await self._admin.close()

    async def messages(self) -> int:
        """Messages that are not finished; 0 says that all that was there at the call is done."""
        return sum([await self._of(handle) for handle in FLOW])

    async def _of(self, handle: str) -> int:
        if self._admin is None or self._consumer is None:
            raise RuntimeError("used outside of its block")
        topic = topics()[handle]
        name = self._settings.topic(topic.name)
        partitions = [
            TopicPartition(name, number) for number in range(partitions_of(topic, self._settings))
        ]
        committed = await self._admin.list_consumer_group_offsets(
            self._settings.group, partitions=partitions
        )
        begins = await self._consumer.beginning_offsets(partitions)
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(partitions)
        return sum(
            max(0, end - max(begins[partition], committed[partition].offset))
            for partition, end in ends.items()
        )
