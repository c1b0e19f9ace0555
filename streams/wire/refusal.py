"""Why a broker does not let a client in: one more try by hand, since the clients only say that none answered."""

import asyncio
import contextlib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from streams.wire.settings import Settings

PATIENCE_SECONDS = 5.0


def why_refused(settings: Settings, context: ssl.SSLContext | None) -> str | None:
    """What is wrong with certificate, login or protocol and what to do; None where that is not the matter.

    Takes at most a few times `PATIENCE_SECONDS`.
    """
    # A loop of its own: it is asked from within one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_why(settings, context))).result()


async def _why(settings: Settings, context: ssl.SSLContext | None) -> str | None:
    host, _, port = settings.brokers[0].rpartition(":")
    if not host or not port.isdigit():
        return None
    address = f"{host}:{port}"
    try:
        await _log_in(settings, host, int(port), context)
    except ssl.SSLError as error:
        return _tls(settings, address, error)
    except (SaslAuthenticationFailed, AuthenticationFailedError):
        return (
            f"The broker {address} does not accept the login of user {settings.sasl_username!r} by "
            f"{settings.sasl_mechanism}. Check FRENEMY_SASL_USERNAME, FRENEMY_SASL_PASSWORD (or "
            "FRENEMY_SASL_PASSWORD_FILE) and FRENEMY_SASL_MECHANISM."
        )
    except (UnsupportedSaslMechanismError, IllegalSaslStateError):
        return (
            f"The broker {address} does not offer logins by {settings.sasl_mechanism}. Set "
            "FRENEMY_SASL_MECHANISM and FRENEMY_SECURITY_PROTOCOL to what its listener offers."
        )
    except (KafkaError, OSError, TimeoutError):
        return await _no_answer(settings, host, int(port), context)
    return None


async def _log_in(settings: Settings, host: str, port: int, context: ssl.SSLContext | None) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        connection = await create_conn(
            host,
            port,
            ssl_context=context,
            security_protocol=settings.security_protocol,
            sasl_mechanism=settings.sasl_mechanism,
            sasl_plain_username=settings.sasl_username,
            sasl_plain_password=settings.sasl_password,
            request_timeout_ms=int(PATIENCE_SECONDS * 1_000),
        )
        connection.close()


async def _no_answer(
    settings: Settings, host: str, port: int, context: ssl.SSLContext | None
) -> str | None:
    if not await _listens(host, port):
        return None
    if context is not None:
        try:
            _shake_hands(host, port, context)
        except ssl.SSLError as error:
            return _tls(settings, f"{host}:{port}", error)
        except OSError:
            # Some end the connection after a handshake without a word.
            return _certificate(settings, f"{host}:{port}", "connection closed")
    return (
        f"The broker {host}:{port} listens, but does not answer by {settings.security_protocol}. Check "
        "FRENEMY_SECURITY_PROTOCOL: its port may want TLS or a login."
    )


def _shake_hands(host: str, port: int, context: ssl.SSLContext) -> None:
    """A TLS handshake, and a look at what comes after it: with TLS 1.3 a bad certificate is told late.

    Raises:
        OSError: what the broker has against it, `ssl.SSLError` among them.
    """
    with (
        socket.create_connection((host, port), PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as connection,
        # Nothing said is as it should be: Kafka waits for the client to speak first.
        contextlib.suppress(TimeoutError),
    ):
        if not connection.recv(1):
            raise ConnectionResetError


async def _listens(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


def _tls(settings: Settings, address: str, error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of the broker {address} is not trusted ({error.verify_message}). Set "
            "FRENEMY_SSL_CAFILE to the certificate of the authority that signed it; the name in the "
            "certificate has to be the one in FRENEMY_BROKER."
        )
    reason = (error.reason or type(error).__name__).lower().replace("_", " ")
    if "certificate" in reason or "unknown ca" in reason:
        return _certificate(settings, address, reason)
    return (
        f"No TLS with the broker {address} ({reason}). Its port may be one without TLS: check "
        "FRENEMY_BROKER and FRENEMY_SECURITY_PROTOCOL."
    )


def _certificate(settings: Settings, address: str, reason: str) -> str:
    given = "the one of FRENEMY_SSL_CERTFILE" if settings.ssl_certfile else "none was sent"
    return (
        f"The broker {address} asks for a certificate of the client and does not accept what came "
        f"({reason}; {given}). Set FRENEMY_SSL_CERTFILE and FRENEMY_SSL_KEYFILE to a certificate that its "
        "authority signed, and to the key of it."
    )
