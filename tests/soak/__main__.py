"""`python -m tests.soak`: a worker for a long time at a steady rate; is its memory flat?"""

import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec

from tests.bench.report import machine
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.broker.waiting import wait_until
from tests.soak import picture
from tests.soak.verdict import Limits, Sample, Verdict, judge
from tests.soak.watched import Publisher, WatchedWorker, composed

PATIENCE_SECONDS = 600
TELL_SECONDS = 60


class Soaked(msgspec.Struct):
    """All that a soak measured."""

    machine: str
    minutes: float
    reader: str
    capacity: float
    rate: float
    articles: int
    verdict: Verdict
    samples: list[Sample]


def capacity(worker: WatchedWorker, articles: int, seed: int) -> float:
    """Articles a second from a backlog of so many; they warm the worker up, too."""
    begin = time.monotonic()
    publisher = Publisher(worker.settings, composed(seed), None, articles)
    publisher.start()
    publisher.join(PATIENCE_SECONDS)

    def done() -> bool:
        now = worker.sample(0.0, 0)
        return now is not None and now.table_entries >= articles and now.lag == 0

    wait_until(done, PATIENCE_SECONDS, "the first articles")
    return articles / (time.monotonic() - begin)


def soak(worker: WatchedWorker, publisher: Publisher, seconds: float, every: float) -> list[Sample]:
    """Samples of a worker while articles are published."""
    samples: list[Sample] = []
    begin = told = time.monotonic()
    publisher.start()
    while (passed := time.monotonic() - begin) < seconds:
        if not worker.running:
            raise click.ClickException(f"the worker ended: see {worker.log}")
        sample = worker.sample(passed, publisher.published)
        if sample is not None:
            samples.append(sample)
            if time.monotonic() - told >= TELL_SECONDS or len(samples) == 1:
                told = time.monotonic()
                click.echo(line(sample), err=True)
        time.sleep(max(0.0, begin + (len(samples) + 1) * every - time.monotonic()))
    return samples


def line(sample: Sample) -> str:
    """A sample for a person."""
    return (
        f"{sample.seconds / 60:5.1f} min {sample.articles:8,} articles {sample.megabytes:7.1f} MB "
        f"(tables {sample.table_megabytes:5.1f}) {sample.objects:9,} objects {sample.files:3} files "
        f"lag {sample.lag:5,} in flight {sample.in_flight:4}"
    )


def text(soaked: Soaked) -> str:
    """The verdict for a person."""
    found = soaked.verdict
    return "\n".join(
        (
            f"{soaked.minutes:.0f} minutes at {soaked.rate:.1f} articles/s (capacity "
            f"{soaked.capacity:.0f}), {soaked.articles:,} articles, reader {soaked.reader}",
            f"memory {found.megabytes_begin:.1f} MB after settling, {found.megabytes_end:.1f} MB at the "
            f"end; tables {found.table_bytes_an_article:.0f} bytes an article",
            f"beyond the tables {found.bytes_an_article.value:+.0f} "
            f"(+-{found.bytes_an_article.margin:.0f}) bytes and {found.blocks_an_article.value:+.3f} "
            f"(+-{found.blocks_an_article.margin:.3f}) blocks an article",
            "flat" if found.flat else "NOT flat: " + "; ".join(found.faults),
        )
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--minutes", default=30.0, show_default=True)
@click.option("--rate", type=float, help="Articles a second; without it half of what it can do.")
@click.option("--every", default=5.0, show_default=True, help="Seconds between samples.")
@click.option("--warm", default=5_000, show_default=True, help="Articles before it, at full speed.")
@click.option(
    "--reader", type=click.Choice(["thorough", "quick"]), default="thorough", show_default=True
)
@click.option("--seed", default=5, show_default=True)
@click.option("--most-bytes", default=300.0, show_default=True, help="Growth that is still flat.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write this .json and an .svg beside it."
)
def main(
    minutes: float,
    rate: float | None,
    every: float,
    warm: int,
    reader: str,
    seed: int,
    most_bytes: float,
    out: Path | None,
) -> None:
    """Run a worker on a real broker at a steady rate, and say whether its memory is flat.

    The table of articles grows by design, by what it remembers of each: it is measured and taken off. The rest
    must not grow with the articles. Exit code 1 where it does.
    """
    folder = Path(tempfile.mkdtemp(prefix="frenemy-soak-"))
    broker = ApacheKafka()
    broker.start()
    try:
        settings = settings_for(broker.bootstrap, reader=reader, log_level="warning")
        worker = WatchedWorker(settings, folder / "worker.log")
        click.echo(f"log of the worker: {worker.log}", err=True)
        worker.start()
        try:
            worker.wait_ready()
            able = capacity(worker, warm, seed)
            rate = rate or able / 2
            click.echo(f"{able:.0f} articles/s from a backlog, soaked at {rate:.1f}", err=True)
            publisher = Publisher(settings, composed(seed + 1, warm), rate)
            samples = soak(worker, publisher, minutes * 60, every)
            published = warm + publisher.stop()
            wait_until(
                lambda: (
                    (s := worker.sample(0.0, 0)) is not None
                    and s.table_entries >= published
                    and s.lag == 0
                ),
                PATIENCE_SECONDS,
                "all articles to be remembered",
            )
        finally:
            worker.end()
    finally:
        broker.close()
    limits = Limits(bytes_an_article=most_bytes, in_flight=settings.in_flight)
    soaked = Soaked(
        machine(),
        minutes,
        reader,
        round(able, 1),
        round(rate, 1),
        published,
        judge(samples, limits),
        samples,
    )
    click.echo(text(soaked))
    if out is not None:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(soaked), indent=1) + b"\n")
        title = f"{minutes:.0f} minutes at {rate:.0f} articles a second"
        out.with_suffix(".svg").write_text(picture.svg(title, samples), encoding="utf-8")
    sys.exit(0 if soaked.verdict.flat else 1)


if __name__ == "__main__":
    main()
