"""/readyz and /healthz of workers that are stuck on purpose."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.wire.settings import Settings
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.broker.log import publish
from tests.broker.news import Newsroom
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

LEFT_BY_ITSELF = 3
STUCK = """
import asyncio
from streams.commands import main
from streams.wire.app import FrenemyApp
from streams.wire.delivery import Delivery

async def for_ever(*rest):
    await asyncio.Event().wait()

Delivery.deliver = for_ever
{more}
main(["worker"])
"""


def stuck_worker(settings: Settings, folder: Path, more: str = "") -> WorkerProcess:
    """A worker that hands no message on."""
    return WorkerProcess(settings, folder / "worker.log", ("-c", STUCK.format(more=more)))


@pytest.fixture
def hurried(broker: ApacheKafka) -> Settings:
    """Settings under which a stall is soon one."""
    return settings_for(broker.bootstrap, stall_seconds=5.0, shutdown_seconds=1.0)


@pytest.fixture
def worker_on_own_broker(
    own_broker: ApacheKafka, tmp_path: Path
) -> Iterator[tuple[ApacheKafka, WorkerProcess]]:
    worker = WorkerProcess(settings_for(own_broker.bootstrap), tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        yield own_broker, worker
    finally:
        worker.end()


def test_a_frozen_broker_makes_a_worker_unready_but_alive(
    worker_on_own_broker: tuple[ApacheKafka, WorkerProcess],
) -> None:
    broker, worker = worker_on_own_broker
    assert worker.get("/healthz") == (200, "alive\n")
    broker.pause()
    try:
        wait_until(lambda: worker.get("/readyz")[0] == 503, 60, "the worker to be unready")
        assert "the broker has not answered for" in worker.get("/readyz")[1]
        # A restart would not bring the broker back.
        assert worker.get("/healthz") == (200, "alive\n")
    finally:
        broker.resume()
    wait_until(lambda: worker.ready, 90, "the worker to be ready again")


def test_a_stuck_worker_is_unready_and_leaves(hurried: Settings, tmp_path: Path) -> None:
    worker = stuck_worker(hurried, tmp_path)
    worker.start()
    try:
        worker.wait_ready()
        publish(hurried, Newsroom(broken=0.0).articles(20))
        wait_until(lambda: worker.get("/readyz")[0] == 503, 30, "the worker to be unready")
        assert "no progress for" in worker.get("/readyz")[1]
        assert worker.wait(60) == LEFT_BY_ITSELF
        assert "the worker leaves so that its supervisor starts it again" in worker.log.read_text()
    finally:
        worker.end()


def test_a_worker_that_cannot_even_leave_is_not_alive(hurried: Settings, tmp_path: Path) -> None:
    worker = stuck_worker(hurried, tmp_path, "FrenemyApp.leave = lambda self, why: None")
    worker.start()
    try:
        worker.wait_ready()
        publish(hurried, Newsroom(broken=0.0).articles(20))
        wait_until(lambda: worker.get("/healthz")[0] == 503, 40, "the worker to be given up")
        assert "stalled for" in worker.get("/healthz")[1]
        metrics = worker.get("/metrics")[1]
        lag = [x for x in metrics.splitlines() if x.startswith("frenemy_lag_messages{")]
        assert any(not line.endswith(" 0.0") for line in lag)
    finally:
        worker.end()
