"""The users of deploy/kubernetes/strimzi, on a broker that enforces their rights: enough, and no more."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from streams.contract import topics
from streams.wire import settings as declaration
from streams.wire import topic_admin
from streams.wire.settings import Settings
from streams.wire.strimzi import user_resources
from tests.broker import apache_kafka
from tests.broker.administrator import add_scram_users, admin_client, connection
from tests.broker.conftest import PARTITIONS
from tests.broker.log import publish, read, read_until
from tests.broker.worker_process import WorkerProcess, environment

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

PASSWORD = "not-a-secret-4711"  # noqa: S105 - of a broker that lives for this test
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
SECURED = {
    "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config": (
        f'{PLAIN} required username="admin" password="{PASSWORD}" user_admin="{PASSWORD}";'
    ),
    "listener.name.plaintext.scram-sha-512.sasl.jaas.config": f"{SCRAM} required;",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:admin;User:ANONYMOUS",
}


@pytest.fixture(scope="module")
def admin() -> Iterator[Settings]:
    """Settings of an administrator on a broker with our topics, and with the users and their rights."""
    if not apache_kafka.available():
        pytest.skip("Java 17 and Maven are not installed")
    broker = apache_kafka.ApacheKafka(SECURED)
    broker.start()
    settings = declaration.load(
        {},
        {
            "broker": broker.bootstrap,
            "prefix": "news",
            "partitions": PARTITIONS,
            "session_seconds": 6.0,
            "commit_seconds": 0.5,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_username": "admin",
            "sasl_password": PASSWORD,
            "metrics_port": apache_kafka.free_port(),
        },
    )
    asyncio.run(topic_admin.create(settings))
    _grant(settings)
    yield settings
    broker.close()


def _grant(settings: Settings) -> None:
    client = admin_client(settings)
    users = user_resources(settings, "kafka")
    rights = [
        AclBinding(
            ResourceType[acl["resource"]["type"].upper()],
            acl["resource"]["name"],
            ResourcePatternType[
                {"literal": "LITERAL", "prefix": "PREFIXED"}[acl["resource"]["patternType"]]
            ],
            f"User:{user['metadata']['name']}",
            "*",
            AclOperation[
                "DESCRIBE_CONFIGS" if operation == "DescribeConfigs" else operation.upper()
            ],
            AclPermissionType.ALLOW,
        )
        for user in users
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    ]
    add_scram_users(client, (user["metadata"]["name"] for user in users), PASSWORD)
    for future in client.create_acls(rights).values():
        future.result(30)


def as_user(admin: Settings, role: str) -> Settings:
    return msgspec.structs.replace(
        admin, sasl_mechanism="SCRAM-SHA-512", sasl_username=f"news-{role}"
    )


def frenemy(
    settings: Settings, *arguments: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        input=text,
        env={**environment(settings), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_each_user_can_do_its_work(admin: Settings, tmp_path: Path) -> None:
    worker = WorkerProcess(as_user(admin, "worker"), tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        article = (
            '{"id": "1", "title": "Microsoft and OpenAI form an alliance", '
            '"body": "Microsoft signed a partnership with OpenAI. Microsoft competes with Google."}\n'
        )
        sent = frenemy(as_user(admin, "producer"), "produce", "-", text=article)
        assert sent.returncode == 0, sent.stderr
        publish(admin, [(b"2", b"not json")])
        read_until(admin, "relations_shifts", lambda found: len(found) > 0)
        read_until(admin, "articles_rejected", lambda found: len(found) == 1)
        subscriber = as_user(admin, "subscriber")
        for group in ((), ("--group", "news.subscriber.desk", "--from-beginning")):
            seen = frenemy(subscriber, "watch", "--once", "--format", "line", *group)
            assert seen.returncode == 0, seen.stderr
            assert "microsoft~openai" in seen.stdout
        rejected = frenemy(as_user(admin, "editor"), "rejected", "list")
        assert rejected.returncode == 0, rejected.stderr
        assert "not_json" in rejected.stdout
        assert worker.terminate() == 0
    finally:
        worker.end()


@pytest.mark.parametrize(
    ("role", "handle"),
    [("producer", "events_competition"), ("subscriber", "articles_raw"), ("editor", "relations")],
)
def test_nobody_writes_where_he_should_not(admin: Settings, role: str, handle: str) -> None:
    refusals = []
    producer = Producer(connection(as_user(admin, role)))
    topic = admin.topic(topics()[handle].name)
    producer.produce(topic, b"{}", b"x", on_delivery=lambda error, _: refusals.append(error))
    producer.flush(30)
    assert "AUTHORIZATION_FAILED" in str(refusals[0])
    assert b"x" not in {record.key for record in read(admin, handle)}


def test_nobody_reads_what_is_not_for_him(admin: Settings) -> None:
    for role in ("producer", "editor"):
        refused = frenemy(as_user(admin, role), "watch", "--once")
        assert refused.returncode == 2
        assert "has no topic" in refused.stderr


def test_a_group_of_workers_is_not_for_subscribers(admin: Settings) -> None:
    refused = frenemy(as_user(admin, "subscriber"), "watch", "--once", "--group", "news.frenemy")
    assert refused.returncode != 0


def test_a_wrong_password_is_told(admin: Settings) -> None:
    wrong = msgspec.structs.replace(as_user(admin, "worker"), sasl_password="wrong")  # noqa: S106
    refused = frenemy(wrong, "topics", "check")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
