"""An embedded Kafka-compatible broker for demonstrations: librdkafka's mock cluster, in this process.

It keeps about 5 MB a partition in memory and forgets all when the process ends. Not for production.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from streams.contract import topics
from streams.wire.settings import Settings

if TYPE_CHECKING:
    from confluent_kafka import Producer

PARTITIONS = 4
SECONDS = 10


class EmbeddedBrokerMissing(RuntimeError):
    """The extra that brings the embedded broker is not installed."""


class EmbeddedBroker:
    """A broker that lives as long as the `with` block."""

    def __init__(self) -> None:
        self.address = ""
        self._cluster: Producer | None = None

    def __enter__(self) -> Self:
        """Start the broker.

        Raises:
            EmbeddedBrokerMissing: where confluent-kafka is not installed.
        """
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise EmbeddedBrokerMissing(
                "The embedded broker is missing: pip install 'frenemy[demo]'."
            ) from None
        self._cluster = Producer(
            {"bootstrap.servers": "embedded", "test.mock.num.brokers": 1, "log_level": 0}
        )
        broker = next(iter(self._cluster.list_topics(timeout=SECONDS).brokers.values()))
        self.address = f"{broker.host}:{broker.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the broker and forget its messages."""
        self._cluster = None

    def create_topics(self, settings: Settings) -> None:
        """Create the declared topics: the mock cluster makes a topic when it is asked for it."""
        if self._cluster is not None:
            for topic in topics().values():
                self._cluster.list_topics(settings.topic(topic.name), timeout=SECONDS)
