"""Topics on the broker: made from the declaration, and compared with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from streams.contract import Topic, topics
from streams.wire.broker import client_parameters, unreachable
from streams.wire.settings import Settings

MILLISECONDS_A_DAY = 86_400_000


class BrokerError(RuntimeError):
    """The broker cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A declared topic on the broker. `faults` is empty where it is as declared."""

    name: str
    exists: bool
    faults: tuple[str, ...] = ()
    created: bool = False


def configuration(topic: Topic) -> dict[str, str]:
    """Broker settings of a topic."""
    forever = topic.retention_days < 0
    return {
        "cleanup.policy": topic.cleanup,
        "retention.ms": "-1" if forever else str(topic.retention_days * MILLISECONDS_A_DAY),
        "max.message.bytes": str(topic.max_message_bytes),
    }


def partitions_of(topic: Topic, settings: Settings) -> int:
    """Partitions of a topic under these settings; a topic of one partition keeps one."""
    return settings.partitions if settings.partitions and topic.partitions > 1 else topic.partitions


async def create(settings: Settings) -> list[TopicState]:
    """Create the declared topics that are missing; existing ones are compared.

    Raises:
        BrokerError: where the broker is not reachable or refuses.
    """
    before = await check(settings)
    missing = {state.name for state in before if not state.exists}
    new = [
        NewTopic(
            settings.topic(topic.name),
            num_partitions=partitions_of(topic, settings),
            replication_factor=settings.replication,
            topic_configs=configuration(topic),
        )
        for topic in topics().values()
        if settings.topic(topic.name) in missing
    ]
    if new:
        async with _Admin(settings) as admin:
            answer = await admin.create_topics(new)
            for name, code, *_ in answer.topic_errors:
                # Another `create` may have been faster: then the topic is there, as wanted.
                if code and for_code(code).__name__ != "TopicAlreadyExistsError":
                    raise BrokerError(
                        f"The broker does not create {name}: {for_code(code).__name__}. Fewer replicas "
                        "(FRENEMY_REPLICATION) or more rights may help."
                    )
    return [
        TopicState(
            state.name,
            exists=True,
            faults=() if state.name in missing else state.faults,
            created=state.name in missing,
        )
        for state in before
    ]


async def check(settings: Settings) -> list[TopicState]:
    """Compare the declared topics with those of the broker.

    Raises:
        BrokerError: where the broker is not reachable.
    """
    declared = {settings.topic(t.name): t for t in topics().values()}
    async with _Admin(settings) as admin:
        found = {
            row["topic"]: row
            for row in await admin.describe_topics(list(declared))
            if not row["error_code"]
        }
        configs = await _configurations(admin, found)
    states = []
    for name, topic in declared.items():
        row = found.get(name)
        if row is None:
            states.append(TopicState(name, exists=False, faults=("is missing",)))
            continue
        wanted = {"partitions": str(partitions_of(topic, settings)), **configuration(topic)}
        real = {"partitions": str(len(row["partitions"])), **configs.get(name, {})}
        faults = tuple(
            f"{key} is {real[key]}, declared {value}"
            for key, value in wanted.items()
            if key in real and real[key] != value
        )
        states.append(TopicState(name, exists=True, faults=faults))
    return states


def fatal(states: Iterable[TopicState]) -> list[str]:
    """What keeps a worker from starting: a topic that is missing, or has other partitions."""
    return [
        f"{state.name}: {fault}"
        for state in states
        for fault in state.faults
        if not state.exists or fault.startswith("partitions")
    ]


async def _configurations(
    admin: AIOKafkaAdminClient, names: Iterable[str]
) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    if not resources:
        return {}
    configs: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for code, _, _, name, entries in answer.resources:
            if not code:
                configs[name] = {entry[0]: entry[1] for entry in entries}
    return configs


class _Admin:
    """An admin client whose failures say what to do."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: AIOKafkaAdminClient | None = None

    async def __aenter__(self) -> AIOKafkaAdminClient:
        self._client = AIOKafkaAdminClient(**client_parameters(self._settings))
        try:
            await self._client.start()
        except (KafkaConnectionError, OSError) as error:
            await self._client.close()
            raise BrokerError(unreachable(self._settings, error)) from None
        except KafkaError as error:
            await self._client.close()
            raise BrokerError(
                f"The broker refuses: {type(error).__name__}. Check the login settings."
            ) from None
        return self._client

    async def __aexit__(self, *exception: object) -> None:
        if self._client is not None:
            await self._client.close()
