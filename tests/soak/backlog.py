"""`python -m tests.soak.backlog`: does what a worker holds depend on how much waits, where the broker is slow?"""

import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec

from tests.bench.report import machine
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.faults.operator import Operator
from tests.soak.verdict import Sample
from tests.soak.watched import Publisher, WatchedWorker, told_again

PUBLISH_SECONDS = 900
COMPOSED = 300
# What is fetched ahead has its bounds in bytes: they are reached from some ten thousand articles on, so the last
# two depths say whether more waits without being held.
DEPTHS = (1_000, 40_000, 160_000)


class Depth(msgspec.Struct):
    """The most that a worker held before a backlog of so many articles, and what it had done by then."""

    backlog: int
    done: int
    megabytes: float
    table_megabytes: float
    in_flight: int

    @property
    def beyond_tables(self) -> float:
        """Megabytes that are not what it remembers of articles."""
        return self.megabytes - self.table_megabytes


class Backlogs(msgspec.Struct):
    """All that was measured."""

    machine: str
    seconds: float
    bytes_per_second: int
    depths: list[Depth]


def bounded(depths: list[Depth], share: float) -> bool:
    """Whether the deepest backlog takes hardly more than the one before it."""
    *_, before, deepest = sorted(depths, key=lambda depth: depth.backlog)
    return deepest.beyond_tables <= before.beyond_tables * (1 + share)


def measure(broker: ApacheKafka, backlog: int, seconds: float, quota: int, folder: Path) -> Depth:
    """A worker before a backlog, on a broker that takes so many bytes a second of it."""
    settings = settings_for(broker.bootstrap, log_level="warning")
    publisher = Publisher(settings, told_again(COMPOSED, 5), None, backlog)
    publisher.start()
    publisher.join(PUBLISH_SECONDS)
    operator = Operator(broker, settings)
    operator.throttle(quota)
    worker = WatchedWorker(settings, folder / f"worker-{backlog}.log")
    samples: list[Sample] = []
    try:
        worker.start()
        worker.wait_ready()
        begin = time.monotonic()
        while (passed := time.monotonic() - begin) < seconds:
            sample = worker.sample(passed, backlog)
            if sample is not None:
                samples.append(sample)
            time.sleep(1.0)
    finally:
        worker.end()
        operator.throttle(None)
    most = max(samples, key=lambda s: s.megabytes - s.table_megabytes)
    return Depth(
        backlog,
        samples[-1].table_entries,
        most.megabytes,
        most.table_megabytes,
        max(s.in_flight for s in samples),
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--depth", "depths", type=int, multiple=True, help="Articles that wait; several.")
@click.option("--seconds", default=60.0, show_default=True, help="Of each depth.")
@click.option("--quota", default=100_000, show_default=True, help="Bytes a second for all clients.")
@click.option("--share", default=0.1, show_default=True, help="Growth that is still bounded.")
@click.option("--out", type=click.Path(path_type=Path), help="Write this .json.")
def main(
    depths: tuple[int, ...], seconds: float, quota: int, share: float, out: Path | None
) -> None:
    """Measure a worker before backlogs of several depths while the broker takes little.

    Exit code 1 where the deepest takes more memory than the one before it.
    """
    folder = Path(tempfile.mkdtemp(prefix="frenemy-backlog-"))
    broker = ApacheKafka()
    broker.start()
    found: list[Depth] = []
    try:
        for depth in sorted(depths or DEPTHS):
            found.append(measure(broker, depth, seconds, quota, folder))
            click.echo(
                f"{depth:8,} waiting: at most {found[-1].megabytes:.0f} MB, "
                f"{found[-1].table_megabytes:.1f} of it tables, {found[-1].in_flight:,} in flight, "
                f"{found[-1].done:,} done"
            )
    finally:
        broker.close()
    if out is not None:
        made = Backlogs(machine(), seconds, quota, found)
        out.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")
    flat = len(found) < 2 or bounded(found, share)
    click.echo("bounded" if flat else "NOT bounded")
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
