"""Alerts fire on a running system when what they warn of is done to it, and go out when it is over."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.wire import topic_admin
from streams.wire.settings import Settings
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.broker.log import publish
from tests.broker.news import Newsroom
from tests.broker.prometheus_server import PrometheusServer, need
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

PATIENCE = 150


@dataclass
class Running:
    """A broker, a worker and a Prometheus whose alerts do not wait."""

    broker: ApacheKafka
    settings: Settings
    worker: WorkerProcess
    prometheus: PrometheusServer
    seed: int = 0

    def news(self, count: int = 30, broken: float = 0.0) -> None:
        self.seed += 1
        publish(self.settings, Newsroom(self.seed, broken=broken).articles(count))

    def until_firing(self, *alerts: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until each of these fired at some time."""
        seen: set[str] = set()

        def fired() -> bool:
            meanwhile()
            seen.update(self.prometheus.firing())
            return seen >= set(alerts)

        wait_until(fired, PATIENCE, f"{', '.join(alerts)} to fire")

    def until_quiet(self, *alerts: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until none of these fires."""

        def quiet() -> bool:
            meanwhile()
            return not self.prometheus.firing() & set(alerts)

        wait_until(quiet, PATIENCE, f"{', '.join(alerts)} to go out")


@pytest.fixture
def running(own_broker: ApacheKafka, tmp_path: Path) -> Iterator[Running]:
    need("prometheus")
    settings = settings_for(own_broker.bootstrap)
    worker = WorkerProcess(settings, tmp_path / "worker.log")
    prometheus = PrometheusServer(
        tmp_path / "prometheus", [f"{settings.metrics_host}:{settings.metrics_port}"], hasty=True
    )
    worker.start()
    try:
        worker.wait_ready()
        prometheus.start()
        yield Running(own_broker, settings, worker, prometheus)
    finally:
        worker.end()
        prometheus.end()


def delete_topic(settings: Settings, name: str) -> None:
    """Take a topic away."""

    async def run() -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=settings.broker)
        await client.start()
        try:
            await client.delete_topics([settings.topic(name)])
        finally:
            await client.close()

    asyncio.run(run())


def paced(act: Callable[[], None]) -> Callable[[], None]:
    """Do something at most once a second."""
    last = [0.0]

    def run() -> None:
        if time.monotonic() - last[0] > 1:
            last[0] = time.monotonic()
            act()

    return run


def test_poison_articles(running: Running) -> None:
    good = paced(lambda: running.news(20))
    running.until_quiet("FrenemyManyRejected", meanwhile=good)
    running.until_firing(
        "FrenemyManyRejected", meanwhile=paced(lambda: running.news(20, broken=0.5))
    )
    running.until_quiet("FrenemyManyRejected", meanwhile=good)


def test_outputs_that_are_refused_and_the_lag_they_make(running: Running) -> None:
    running.news()
    delete_topic(running.settings, "articles.enriched")
    running.until_firing(
        "FrenemyLagging",
        "FrenemyStalled",
        "FrenemyOutputsRefused",
        meanwhile=paced(lambda: running.news(5)),
    )
    asyncio.run(topic_admin.create(running.settings))
    running.until_firing("FrenemySlow")
    running.until_quiet("FrenemyLagging", "FrenemyStalled", "FrenemyOutputsRefused")


def test_a_broker_that_is_gone(running: Running) -> None:
    running.news()
    running.broker.pause()
    try:
        running.until_firing("FrenemyBrokerSilent")
    finally:
        running.broker.resume()
    running.until_quiet("FrenemyBrokerSilent")


def test_a_worker_that_stopped(running: Running) -> None:
    running.worker.signal(signal.SIGSTOP)
    running.until_firing("FrenemyWorkerDown", "FrenemyNoWorkers")
    running.worker.signal(signal.SIGCONT)
    running.until_quiet("FrenemyWorkerDown", "FrenemyNoWorkers")
    running.worker.kill()
    running.until_firing("FrenemyWorkerDown", "FrenemyNoWorkers")
    running.worker.start()
    running.until_quiet("FrenemyWorkerDown", "FrenemyNoWorkers")
