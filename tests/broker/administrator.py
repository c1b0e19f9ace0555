"""Kafka's client for administrators by our settings: rights, users and limits, which no command of ours changes."""

from collections.abc import Iterable

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from streams.wire.settings import Settings

ANSWER_SECONDS = 30
ITERATIONS = 8192


def connection(settings: Settings) -> dict[str, str | int | float | bool]:
    """How librdkafka connects under these settings."""
    login = {
        "sasl.mechanism": settings.sasl_mechanism,
        "sasl.username": settings.sasl_username,
        "sasl.password": settings.sasl_password,
    }
    return {
        "bootstrap.servers": settings.broker,
        "security.protocol": settings.security_protocol,
        "log_level": 0,
        **(login if settings.sasl_username else {}),
        **({"ssl.ca.location": settings.ssl_cafile} if settings.ssl_cafile else {}),
    }


def admin_client(settings: Settings) -> AdminClient:
    """The client. It connects when it is first asked for something."""
    return AdminClient(connection(settings))


def add_scram_users(client: AdminClient, names: Iterable[str], password: str) -> None:
    """Users who log in by SCRAM-SHA-512 with this password."""
    scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    added: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, scram, password.encode()) for name in names
    ]
    for future in client.alter_user_scram_credentials(added).values():
        future.result(ANSWER_SECONDS)
