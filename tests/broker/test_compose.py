"""docker-compose.yml: its broker settings on Apache Kafka, and the whole of it where Docker answers."""

import asyncio
import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.wire import settings as declaration
from streams.wire import topic_admin
from tests.broker import apache_kafka
from tests.broker.conftest import docker_answers

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"

pytestmark = pytest.mark.broker


def broker_settings() -> dict[str, str]:
    """What the image makes of KAFKA_ variables: lower case, dots for underscores."""
    variables: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"][
        "environment"
    ]
    return {
        name.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for name, value in variables.items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }


@pytest.fixture
def broker() -> Iterator[apache_kafka.ApacheKafka]:
    """Apache Kafka with the settings of the file, its addresses and folder put where this test may."""
    if not apache_kafka.available():
        pytest.skip("Java 17 and Maven are not installed")
    found = apache_kafka.ApacheKafka()
    inside, controller = apache_kafka.free_port(), apache_kafka.free_port()
    before = dict(line.split("=", 1) for line in found.properties.read_text().splitlines())
    text = "".join(f"{k}={v}\n" for k, v in broker_settings().items())
    for ours, theirs in {
        "INTERNAL://:29092": f"INTERNAL://127.0.0.1:{inside}",
        "LAPTOP://:9092": f"LAPTOP://127.0.0.1:{found.port}",
        "LAPTOP://127.0.0.1:9092": f"LAPTOP://127.0.0.1:{found.port}",
        "CONTROLLER://:9093": f"CONTROLLER://127.0.0.1:{controller}",
        "INTERNAL://kafka:29092": f"INTERNAL://127.0.0.1:{inside}",
        "1@kafka:9093": f"1@127.0.0.1:{controller}",
        "/var/lib/kafka/data": before["log.dirs"],
    }.items():
        assert ours in text
        text = text.replace(ours, theirs)
    found.properties.write_text(text)
    yield found
    found.close()


def test_broker_of_the_file_starts_and_takes_our_topics(broker: apache_kafka.ApacheKafka) -> None:
    broker.start()
    settings = declaration.load({}, {"broker": broker.bootstrap})
    states = asyncio.run(topic_admin.create(settings))
    assert all(state.created for state in states)
    assert not topic_admin.fatal(asyncio.run(topic_admin.check(settings)))


def compose(project: str, *arguments: str, seconds: float = 900) -> str:
    done = subprocess.run(
        ["docker", "compose", "-p", project, "-f", str(COMPOSE), *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(1_800)
def test_the_whole_comes_up_and_finds_events() -> None:
    if not docker_answers():
        pytest.skip("no Docker engine answers")
    project = f"frenemy-{uuid.uuid4().hex[:8]}"
    try:
        compose(project, "up", "-d", "--build", "--wait")
        compose(project, "--profile", "samples", "run", "--rm", "news")
        watch = ("run", "--rm", "topics", "watch", "--once", "--format", "json", "--shifts")
        deadline = time.monotonic() + 120
        pairs: set[str] = set()
        while "microsoft~openai" not in pairs:
            assert time.monotonic() < deadline, pairs
            pairs = {json.loads(line)["pair"] for line in compose(project, *watch).splitlines()}
    finally:
        compose(project, "down", "-v", "--remove-orphans")
