"""A real broker for a test run, and workers as processes of their own."""

import asyncio
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from streams.wire import settings as declaration
from streams.wire import topic_admin
from streams.wire.settings import Settings
from tests.broker import apache_kafka
from tests.broker.worker_process import WorkerProcess

PARTITIONS = 4


class Broker(Protocol):
    """What tests need of a broker."""

    @property
    def bootstrap(self) -> str:
        """Its address."""

    def close(self) -> None:
        """End it and remove what it left."""


class GivenBroker:
    """A broker that somebody else runs: FRENEMY_TEST_BROKER."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def close(self) -> None:
        """It is not ours to end."""


class ContainerBroker:
    """Apache Kafka in a container."""

    def __init__(self) -> None:
        from testcontainers.kafka import KafkaContainer

        self._container = KafkaContainer("confluentinc/cp-kafka:7.9.0").with_kraft()
        self._container.start()
        self.bootstrap: str = self._container.get_bootstrap_server()

    def close(self) -> None:
        self._container.stop()


def docker_answers() -> bool:
    """Whether a Docker engine can be used."""
    if shutil.which("docker") is None:
        return False
    probe = subprocess.run(
        ["docker", "info"],
        capture_output=True,
        timeout=20,
        check=False,
    )
    return probe.returncode == 0


def some_broker() -> Broker:
    """A broker: given, else in a container, else from Maven; skips, or fails in CI, where none can be had."""
    given = os.environ.get("FRENEMY_TEST_BROKER")
    if given:
        return GivenBroker(given)
    if docker_answers():
        return ContainerBroker()
    return some_apache_kafka()


def some_apache_kafka() -> apache_kafka.ApacheKafka:
    """A broker that can be stopped, killed and restarted; skips, or fails in CI, without Java and Maven."""
    if not apache_kafka.available():
        reason = "no Kafka: set FRENEMY_TEST_BROKER, start Docker, or install Java 17 and Maven"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    broker = apache_kafka.ApacheKafka()
    broker.start()
    return broker


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """One broker for the whole run; it is never stopped, so that tests share it."""
    found = some_broker()
    yield found
    found.close()


@pytest.fixture
def own_broker() -> Iterator[apache_kafka.ApacheKafka]:
    """A broker of the test's own, to stop, kill and restart."""
    found = some_apache_kafka()
    yield found
    found.close()


def settings_for(bootstrap: str, **changes: object) -> Settings:
    """Settings of a fresh prefix on a broker, with its topics created."""
    settings = declaration.load(
        {},
        {
            "broker": bootstrap,
            "prefix": f"test.{uuid.uuid4().hex[:8]}",
            "partitions": PARTITIONS,
            "session_seconds": 6.0,
            "commit_seconds": 0.5,
            # What is found matters to few of these tests, and how fast to most.
            "reader": "quick",
            "metrics_port": apache_kafka.free_port(),
            **changes,
        },
    )
    states = asyncio.run(topic_admin.create(settings))
    assert not any(state.faults for state in states)
    return settings


@pytest.fixture
def settings(broker: Broker) -> Settings:
    """Settings of a fresh prefix on the shared broker."""
    return settings_for(broker.bootstrap)


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker that is ready."""
    process = WorkerProcess(settings, tmp_path / "worker.log")
    process.start()
    process.wait_ready()
    yield process
    process.end()
