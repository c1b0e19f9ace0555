"""A worker that is asked to stop finishes what is in flight, and leaves in time where it cannot."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.wire.app import LEFT_BY_ITSELF
from streams.wire.settings import Settings
from tests.broker import apache_kafka
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for, some_apache_kafka
from tests.broker.log import publish, read, read_until
from tests.broker.test_rejected import GOOD, committed
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess
from tests.faults.operator import AUTHORIZER, Operator

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

ARTICLES = 400

# A worker that soon gives up stopping in order, and something in it that never ends.
HELD = """
import asyncio
import threading
from streams.commands import main
from streams.wire import app
from streams.wire.delivery import Delivery
from streams.wire.health import HealthServer

async def waits(self):
    await asyncio.Event().wait()

async def blocks(self):
    threading.Event().wait()

app.LAST_SECONDS = 1.0
{hold}
main(["worker"])
"""
HOLDS = {
    "a task": "Delivery.stop = waits",
    "the event loop": "HealthServer.stop = blocks",
    "a thread": "threading.Thread(target=threading.Event().wait).start()",
}
UNGUARDED = "app.FrenemyApp._end_for_certain = lambda self: None"


@pytest.fixture
def strict_broker() -> Iterator[ApacheKafka]:
    """A broker that knows rights."""
    if not apache_kafka.available():
        some_apache_kafka()
    found = ApacheKafka(AUTHORIZER)
    found.start()
    yield found
    found.close()


def send_articles(settings: Settings, count: int) -> set[str]:
    """Publish so many articles under keys that lead them home at once; their ids."""
    ids = {f"a{number}" for number in range(count)}
    told = ((i.encode(), json.dumps({**json.loads(GOOD), "id": i}).encode()) for i in ids)
    publish(settings, told)
    return ids


def enriched(settings: Settings) -> list[str]:
    return [json.loads(r.value or b"")["article_id"] for r in read(settings, "articles_enriched")]


def test_what_is_in_flight_is_finished_and_committed(
    own_broker: ApacheKafka, tmp_path: Path
) -> None:
    # A long time to finish in, and a commit that does not come by itself: only stopping makes it.
    settings = settings_for(own_broker.bootstrap, shutdown_seconds=120.0, commit_seconds=60.0)
    worker = WorkerProcess(settings, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        ids = send_articles(settings, ARTICLES)
        read_until(settings, "articles_enriched", lambda found: len(found) >= 10)
        assert worker.terminate(150) == 0
        done = enriched(settings)
        assert len(done) == len(set(done)) == sum(committed(settings).values())
        worker.start()
        worker.wait_ready()
        read_until(settings, "articles_enriched", lambda found: len(found) >= ARTICLES, 120)
        assert worker.terminate(150) == 0
        # Nothing was done twice: all that had begun was finished and committed.
        assert sorted(enriched(settings)) == sorted(ids)
    finally:
        worker.end()


def test_what_cannot_be_finished_is_left_in_time_and_done_after_the_start(
    strict_broker: ApacheKafka, tmp_path: Path
) -> None:
    settings = settings_for(strict_broker.bootstrap, shutdown_seconds=2.0, in_flight=50)
    ids = send_articles(settings, ARTICLES)
    operator = Operator(strict_broker, settings)
    operator.deny_writing("articles_enriched")
    worker = WorkerProcess(settings, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        wait_until(lambda: _in_flight(worker) > 0, 60, "messages in flight")
        worker.terminate(60)
        assert "stopped with messages in flight" in worker.log.read_text()
        operator.allow_writing("articles_enriched")
        worker.start()
        worker.wait_ready()
        read_until(settings, "articles_enriched", lambda found: len(found) >= ARTICLES, 120)
        assert set(enriched(settings)) == ids
    finally:
        worker.end()


def _in_flight(worker: WorkerProcess) -> float:
    text = worker.get("/metrics")[1]
    lines = [x for x in text.splitlines() if x.startswith("frenemy_in_flight_messages ")]
    return float(lines[0].split()[1]) if lines else 0.0


def held_worker(settings: Settings, folder: Path, *holds: str) -> WorkerProcess:
    """A worker that cannot stop in order."""
    script = HELD.format(hold="\n".join(holds))
    return WorkerProcess(settings, folder / "worker.log", ("-c", script))


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_a_stopping_worker_ends_whatever_holds_it_up(
    broker: ApacheKafka, tmp_path: Path, hold: str
) -> None:
    settings = settings_for(broker.bootstrap, shutdown_seconds=1.0)
    worker = held_worker(settings, tmp_path, hold)
    worker.start()
    try:
        worker.wait_ready()
        assert worker.terminate(60) == LEFT_BY_ITSELF
    finally:
        worker.end()


@pytest.mark.parametrize("hold", HOLDS.values(), ids=HOLDS)
def test_without_its_deadline_a_held_worker_would_not_end(
    broker: ApacheKafka, tmp_path: Path, hold: str
) -> None:
    settings = settings_for(broker.bootstrap, shutdown_seconds=1.0)
    worker = held_worker(settings, tmp_path, hold, UNGUARDED)
    worker.start()
    try:
        worker.wait_ready()
        with pytest.raises(subprocess.TimeoutExpired):
            worker.terminate(12)
    finally:
        worker.end()
