"""TLS, client certificates and logins by settings alone, on Apache Kafka that takes nothing else."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from streams.wire import settings as declaration
from streams.wire import topic_admin
from streams.wire.settings import Settings
from tests.broker import apache_kafka
from tests.broker.administrator import add_scram_users, admin_client
from tests.broker.authority import Authority, Certificate
from tests.broker.conftest import PARTITIONS
from tests.broker.log import read_until
from tests.broker.test_rights import PASSWORD, PLAIN, SCRAM, frenemy
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

ARTICLE = (
    '{"id": "1", "title": "Microsoft and OpenAI form an alliance", '
    '"body": "Microsoft signed a partnership with OpenAI. Microsoft competes with Google."}\n'
)
# A start of Python, the client's own tries and our look at why: no longer than a person waits.
PATIENCE_SECONDS = 60
WRONG_PASSWORD = "wrong-4712"  # noqa: S105 - it opens nothing


@dataclass(frozen=True, slots=True)
class Secured:
    """A broker with three listeners beside its internal one, and who may use them."""

    mutual: Settings
    plain: Settings
    scram: Settings
    stranger: Authority
    client: Certificate


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One broker: client certificates on one port, PLAIN and SCRAM over TLS on others."""
    if not apache_kafka.available():
        pytest.skip("Java 17 and Maven are not installed")
    folder = tmp_path_factory.mktemp("authority")
    authority, stranger = Authority(folder, "authority"), Authority(folder, "stranger")
    server, client = authority.sign("broker"), authority.sign("client")
    ports = {name: apache_kafka.free_port() for name in ("MUTUAL", "PLAIN", "SCRAM")}
    broker = apache_kafka.ApacheKafka(_properties(ports, authority, server), port=ports["MUTUAL"])
    common = {
        "prefix": "news",
        "partitions": PARTITIONS,
        "session_seconds": 6.0,
        "commit_seconds": 0.5,
        "ssl_cafile": str(authority.certificate),
        "metrics_port": apache_kafka.free_port(),
    }
    login = {
        "security_protocol": "SASL_SSL",
        "sasl_username": "reporter",
        "sasl_password": PASSWORD,
    }

    def at(name: str, **more: str) -> Settings:
        return declaration.load({}, {**common, "broker": f"127.0.0.1:{ports[name]}", **more})

    made = Secured(
        mutual=at(
            "MUTUAL",
            security_protocol="SSL",
            ssl_certfile=str(client.certificate),
            ssl_keyfile=str(client.key),
        ),
        plain=at("PLAIN", sasl_mechanism="PLAIN", **login),
        scram=at("SCRAM", sasl_mechanism="SCRAM-SHA-512", **login),
        stranger=stranger,
        client=client,
    )
    try:
        broker.start()
        # Kafka opens one listener after the other.
        wait_until(lambda: _answers(made.plain), PATIENCE_SECONDS, "the last listener")
        add_scram_users(admin_client(made.plain), ["reporter"], PASSWORD)
        yield made
    finally:
        broker.close()


def _answers(settings: Settings) -> bool:
    try:
        asyncio.run(topic_admin.create(settings))
    except topic_admin.BrokerError:
        return False
    return True


def _properties(ports: dict[str, int], authority: Authority, server: Certificate) -> dict[str, str]:
    inner, controller = apache_kafka.free_port(), apache_kafka.free_port()
    addresses = {name: f"{name}://127.0.0.1:{port}" for name, port in ports.items()}
    return {
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": ",".join(
            [
                f"INNER://127.0.0.1:{inner}",
                f"CONTROLLER://127.0.0.1:{controller}",
                *addresses.values(),
            ]
        ),
        "advertised.listeners": ",".join([f"INNER://127.0.0.1:{inner}", *addresses.values()]),
        "inter.broker.listener.name": "INNER",
        "listener.security.protocol.map": (
            "INNER:PLAINTEXT,CONTROLLER:PLAINTEXT,MUTUAL:SSL,PLAIN:SASL_SSL,SCRAM:SASL_SSL"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(server.both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.certificate),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.plain.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.plain.plain.sasl.jaas.config": (
            f'{PLAIN} required user_reporter="{PASSWORD}";'
        ),
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{SCRAM} required;",
    }


@pytest.mark.parametrize("way", ["mutual", "plain", "scram"])
def test_worker_and_commands_work_by_settings_alone(
    secured: Secured, way: str, tmp_path: Path
) -> None:
    settings: Settings = msgspec.structs.replace(
        getattr(secured, way), prefix=f"news.{way}", metrics_port=apache_kafka.free_port()
    )
    made = frenemy(settings, "topics", "create")
    assert made.returncode == 0, made.stderr
    worker = WorkerProcess(settings, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        sent = frenemy(settings, "produce", "-", text=ARTICLE)
        assert sent.returncode == 0, sent.stderr
        read_until(settings, "relations_shifts", lambda found: len(found) > 0)
        seen = frenemy(settings, "watch", "--once", "--format", "line")
        assert seen.returncode == 0, seen.stderr
        assert "microsoft~openai" in seen.stdout
        assert worker.terminate() == 0
    finally:
        worker.end()
    assert PASSWORD not in worker.log.read_text()


def _refused(settings: Settings, *says: str) -> None:
    """Commands and the worker end soon, and say why and what to do."""
    for arguments in (("topics", "check"), ("produce", "-"), ("watch", "--once"), ("worker",)):
        begin = time.monotonic()
        done = frenemy(settings, *arguments, text=ARTICLE)
        assert time.monotonic() - begin < PATIENCE_SECONDS
        assert done.returncode == 2, (arguments, done.stderr)
        told = " ".join(done.stderr.split())
        for words in says:
            assert words in told, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        assert PASSWORD not in done.stderr
        assert WRONG_PASSWORD not in done.stderr


@dataclass(frozen=True, slots=True)
class Wrong:
    """Settings that a broker does not go along with, as changes of good ones, and what is told of them."""

    way: str
    changes: dict[str, str]
    says: tuple[str, ...]


WRONG = {
    "no authority but those of the system": Wrong(
        "plain", {"ssl_cafile": ""}, ("is not trusted", "FRENEMY_SSL_CAFILE")
    ),
    "a certificate file that is not there": Wrong(
        "plain", {"ssl_cafile": "nowhere.pem"}, ("FRENEMY_SSL_CAFILE",)
    ),
    "no client certificate": Wrong(
        "mutual",
        {"ssl_certfile": "", "ssl_keyfile": ""},
        ("asks for a certificate of the client", "FRENEMY_SSL_CERTFILE"),
    ),
    "a wrong password by PLAIN": Wrong(
        "plain",
        {"sasl_password": WRONG_PASSWORD},
        ("does not accept the login", "FRENEMY_SASL_PASSWORD"),
    ),
    "a wrong password by SCRAM": Wrong(
        "scram",
        {"sasl_password": WRONG_PASSWORD},
        ("does not accept the login", "FRENEMY_SASL_PASSWORD"),
    ),
    "a mechanism that is not offered": Wrong(
        "plain",
        {"sasl_mechanism": "SCRAM-SHA-256"},
        ("does not offer logins by SCRAM-SHA-256", "FRENEMY_SASL_MECHANISM"),
    ),
    "talking in the clear to a port with TLS": Wrong(
        "plain",
        {"security_protocol": "PLAINTEXT"},
        ("does not answer by PLAINTEXT", "FRENEMY_SECURITY_PROTOCOL"),
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_settings_are_told(secured: Secured, wrong: Wrong) -> None:
    _refused(msgspec.structs.replace(getattr(secured, wrong.way), **wrong.changes), *wrong.says)


def test_a_broker_of_an_unknown_authority_is_not_trusted(secured: Secured) -> None:
    other = str(secured.stranger.certificate)
    _refused(
        msgspec.structs.replace(secured.plain, ssl_cafile=other),
        "is not trusted",
        "FRENEMY_SSL_CAFILE",
    )


def test_a_client_certificate_of_a_stranger_is_told(secured: Secured) -> None:
    signed = secured.stranger.sign("intruder")
    _refused(
        msgspec.structs.replace(
            secured.mutual, ssl_certfile=str(signed.certificate), ssl_keyfile=str(signed.key)
        ),
        "asks for a certificate of the client",
        "FRENEMY_SSL_CERTFILE",
    )
