"""How long a worker takes to be back with 100,000 pairs, and what they cost: `python -m tests.bench.recovery`.

Fills the changelog of the pairs, as workers write it, then starts a worker of each store: on an empty
machine, and again after kill -9 on the same one. Needs Java and Maven, or FRENEMY_TEST_BROKER.
"""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

import click
import msgspec

from streams.relations.relate import relate
from streams.relations.rules import Rules
from streams.relations.state import encode
from streams.wire.broker import producer
from streams.wire.settings import Settings
from tests.broker.apache_kafka import ApacheKafka, free_port
from tests.broker.conftest import settings_for
from tests.broker.worker_process import WorkerProcess
from tests.unit.relations.made import PAIR, says

READY_SECONDS = 300
ARTICLES_A_PAIR = (1, 1, 1, 2, 3)


async def fill(settings: Settings, pairs: int) -> tuple[int, float]:
    """Write the states of so many pairs; bytes in all and mean articles a pair."""
    states = []
    for articles in ARTICLES_A_PAIR:
        state = None
        for number in range(articles):
            state = relate(state, says(f"article-{number}", day=number), Rules()).state
        assert state is not None
        states.append(state)
    client = producer(settings)
    await client.start()
    total = 0
    try:
        pending = []
        for number in range(pairs):
            key = PAIR.replace("openai", f"company-{number}")
            value = encode(msgspec.structs.replace(states[number % len(states)], pair=key))
            total += len(key) + len(value)
            topic = settings.topic("relations.state")
            pending.append(await client.send(topic, value, key.encode()))
            if len(pending) >= 2_000:
                await asyncio.gather(*pending)
                pending.clear()
        await asyncio.gather(*pending)
    finally:
        await client.stop()
    return total, sum(ARTICLES_A_PAIR) / len(ARTICLES_A_PAIR)


def start(settings: Settings, folder: Path) -> tuple[WorkerProcess, float]:
    """A worker that is ready, and the seconds it took."""
    worker = WorkerProcess(
        msgspec.structs.replace(settings, metrics_port=free_port()), folder / "worker.log"
    )
    begin = time.monotonic()
    worker.start()
    while not worker.ready:
        if not worker.running or time.monotonic() - begin > READY_SECONDS:
            raise RuntimeError(worker.log.read_text()[-2_000:])
        time.sleep(0.1)
    return worker, time.monotonic() - begin


def megabytes(worker: WorkerProcess) -> float:
    """Memory of the worker's process."""
    process = worker._process
    assert process is not None
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1_024


@click.command()
@click.option("--pairs", default=100_000, show_default=True)
@click.option("--store", type=click.Choice(["memory", "rocksdb"]), multiple=True)
def main(pairs: int, store: tuple[str, ...]) -> None:
    """Print seconds and megabytes."""
    root = Path(__file__).resolve().parents[2]
    os.environ["PYTHONPATH"] = str(root)
    given = os.environ.get("FRENEMY_TEST_BROKER")
    broker = None
    if given is None:
        broker = ApacheKafka(heap="1g")
        broker.start()
        given = broker.bootstrap
    folder = Path(tempfile.mkdtemp(prefix="frenemy-bench-"))
    try:
        empty, ready = start(settings_for(given), folder)
        base = megabytes(empty)
        empty.kill()
        click.echo(f"no pairs: ready after {ready:.1f} s, {base:.0f} MB")
        settings = settings_for(given)
        total, articles = asyncio.run(fill(settings, pairs))
        click.echo(f"{pairs} pairs, {articles:.1f} articles each: {total / pairs:.0f} bytes a pair")
        for name in store or ("memory", "rocksdb"):
            here = msgspec.structs.replace(
                settings, store=name, data_dir=str(folder / f"data-{name}")
            )
            for machine in ("an empty machine", "the same machine after kill -9"):
                worker, ready = start(here, folder)
                click.echo(
                    f"{name}, {machine}: ready after {ready:.1f} s, {megabytes(worker):.0f} MB"
                )
                worker.kill()
            files = [f for f in (folder / f"data-{name}").rglob("*") if f.is_file()]
            if files:
                size = sum(f.stat().st_size for f in files)
                click.echo(f"{name}: {size / 2**20:.0f} MB on disk")
    finally:
        if broker is not None:
            broker.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
