"""A broker that does not let a client in: what is wrong is told, and what to do."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from streams.wire import refusal
from streams.wire import settings as declaration
from streams.wire.broker import tls_context, unreachable
from streams.wire.settings import Settings
from tests.broker.authority import Authority


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def stranger(folder: Path) -> Authority:
    return Authority(folder, "stranger")


@asynccontextmanager
async def listening(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A port that shakes hands and never says a word; without a context, that says something else."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if context is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def served(authority: Authority, mutual: bool) -> ssl.SSLContext:
    own = authority.sign("broker")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.certificate)
    return context


async def told(port: int, **options: str) -> str | None:
    settings = declaration.load({}, {"broker": f"127.0.0.1:{port}", **options})
    return await asyncio.to_thread(refusal.why_refused, settings, tls_context(settings))


async def test_an_authority_that_is_not_trusted(authority: Authority, stranger: Authority) -> None:
    async with listening(served(authority, mutual=False)) as port:
        why = await told(port, security_protocol="SSL", ssl_cafile=str(stranger.certificate))
    assert why is not None
    assert "is not trusted" in why
    assert "FRENEMY_SSL_CAFILE" in why


@pytest.mark.parametrize("given", [None, "stranger"])
async def test_a_client_certificate_that_is_missing_or_of_a_stranger(
    authority: Authority, stranger: Authority, given: str | None
) -> None:
    options = {"security_protocol": "SSL", "ssl_cafile": str(authority.certificate)}
    if given:
        signed = stranger.sign("intruder")
        options |= {"ssl_certfile": str(signed.certificate), "ssl_keyfile": str(signed.key)}
    async with listening(served(authority, mutual=True)) as port:
        why = await told(port, **options)
    assert why is not None
    assert "asks for a certificate of the client" in why
    assert "FRENEMY_SSL_CERTFILE" in why


async def test_tls_to_a_port_without_it(authority: Authority) -> None:
    async with listening(None) as port:
        why = await told(port, security_protocol="SSL", ssl_cafile=str(authority.certificate))
    assert why is not None
    assert "FRENEMY_SECURITY_PROTOCOL" in why


@pytest.mark.parametrize(
    ("error", "says", "cure"),
    [
        (
            SaslAuthenticationFailed("wrong-4712"),
            "does not accept the login",
            "FRENEMY_SASL_PASSWORD",
        ),
        (UnsupportedSaslMechanismError(), "does not offer logins by", "FRENEMY_SASL_MECHANISM"),
        (KafkaConnectionError(), "listens, but does not answer", "FRENEMY_SECURITY_PROTOCOL"),
    ],
)
async def test_what_the_broker_says_to_a_login(
    monkeypatch: pytest.MonkeyPatch, error: KafkaError, says: str, cure: str
) -> None:
    async def refused(*address: object, **parameters: object) -> None:
        raise error

    monkeypatch.setattr(refusal, "create_conn", refused)
    async with listening(None) as port:
        why = await told(
            port,
            security_protocol="SASL_PLAINTEXT",
            sasl_username="reporter",
            sasl_password="wrong-4712",  # noqa: S106
        )
    assert why is not None
    assert says in why
    assert cure in why
    assert "wrong-4712" not in why


def nobody_there() -> Settings:
    return declaration.load({}, {"broker": "127.0.0.1:1"})


def test_where_nobody_listens_it_is_no_refusal() -> None:
    assert refusal.why_refused(nobody_there(), None) is None
    assert "Start one, or say where it is" in unreachable(nobody_there(), KafkaConnectionError())
