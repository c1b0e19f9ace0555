"""How Kafka is talked to: the clients' common parameters, made from the settings."""

import ssl
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streams.wire.settings import Settings, SettingsError

if TYPE_CHECKING:
    from faust.types.auth import CredentialsT

CLIENT_ID = "frenemy"
REQUEST_SECONDS = 30
# Larger batches than aiokafka's 16 KiB: six articles a batch would be six times the requests.
BATCH_BYTES = 262_144
LINGER_MS = 5
# Where more waits than that, what is sent waits longer for company: a third of the requests.
BUSY_MESSAGES = 100
BUSY_LINGER_MS = 25
LARGEST_REQUEST = 33_554_432


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context, or None where the broker is talked to in the clear.

    Raises:
        SettingsError: where a certificate or key cannot be loaded.
    """
    if settings.security_protocol not in ("SSL", "SASL_SSL"):
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile or None)
        if settings.ssl_certfile:
            context.load_cert_chain(
                settings.ssl_certfile,
                settings.ssl_keyfile or None,
                settings.ssl_key_password or None,
            )
    except OSError as error:
        raise SettingsError(
            f"FRENEMY_SSL_CAFILE, FRENEMY_SSL_CERTFILE, FRENEMY_SSL_KEYFILE: {error}"
        ) from None
    return context


def client_parameters(settings: Settings) -> dict[str, Any]:
    """Parameters that every aiokafka client takes."""
    parameters: dict[str, Any] = {
        "bootstrap_servers": settings.brokers,
        "client_id": CLIENT_ID,
        "request_timeout_ms": REQUEST_SECONDS * 1_000,
        "security_protocol": settings.security_protocol,
        "ssl_context": tls_context(settings),
    }
    if settings.security_protocol.startswith("SASL"):
        parameters["sasl_mechanism"] = settings.sasl_mechanism
        parameters["sasl_plain_username"] = settings.sasl_username
        parameters["sasl_plain_password"] = settings.sasl_password
    return parameters


def faust_credentials(settings: Settings) -> "CredentialsT | None":
    """The same for Faust's own clients."""
    # Half a second that commands without a worker need not spend.
    from faust.auth import SASLCredentials, SSLCredentials

    context = tls_context(settings)
    if settings.security_protocol.startswith("SASL"):
        return SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)


def unreachable(settings: Settings, error: BaseException) -> str:
    """What to tell a person where no broker answers: what was tried and what to do."""
    from streams.wire.refusal import why_refused

    refused = why_refused(settings, tls_context(settings))
    if refused is not None:
        return refused
    return (
        f"No Kafka broker answers at {settings.broker} ({type(error).__name__}). Start one, or say where it is "
        "with --broker or FRENEMY_BROKER."
    )


class Producer(AIOKafkaProducer):  # type: ignore[misc] # aiokafka leaves it untyped
    """A producer whose batches wait longer for company where much waits to be read anyway."""

    def pace(self, waiting: int) -> None:
        """Say how many messages wait to be read; batches that are begun from now on go by it."""
        busy = waiting > BUSY_MESSAGES
        linger_ms = BUSY_LINGER_MS if busy else LINGER_MS
        self._message_accumulator._linger_time = linger_ms / 1_000  # noqa: SLF001 - no setter


def producer(settings: Settings) -> Producer:
    """A producer that loses and repeats nothing by itself: all replicas acknowledge, retries are idempotent."""
    return Producer(
        **client_parameters(settings),
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_REQUEST,
    )


def reader(settings: Settings, *topics: str, **parameters: Any) -> AIOKafkaConsumer:
    """A consumer outside any group, for following or looking into topics."""
    return AIOKafkaConsumer(
        *topics,
        **{
            **client_parameters(settings),
            "group_id": None,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "max_partition_fetch_bytes": 16_777_216,
            **parameters,
        },
    )


async def first_existing(settings: Settings, topic: str, partition: int, offset: int) -> int:
    """The first offset at or after this one that holds a message; `offset` itself where none answers in time."""
    consumer = reader(settings)
    at = TopicPartition(topic, partition)
    await consumer.start()
    try:
        consumer.assign([at])
        consumer.seek(at, offset)
        batches = await consumer.getmany(at, timeout_ms=REQUEST_SECONDS * 1_000, max_records=1)
        return min((m.offset for batch in batches.values() for m in batch), default=offset)
    finally:
        await consumer.stop()
