"""`python -m tests.bench`: how fast, beside what else, and how it grows."""

import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
import msgspec

from streams.wire import analyst as analysts
from streams.wire.settings import load
from tests.bench import analysis, path, report
from tests.bench.articles import Composer

PARTS = ("analysis", "path", "growth")


@click.command()
@click.option("--part", type=click.Choice(PARTS), multiple=True, help="Only these parts.")
@click.option(
    "--articles",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Raw articles as JSON lines instead of composed ones; they need ids.",
)
@click.option("--count", default=3_000, show_default=True, help="Articles of a measured run.")
@click.option("--warm", default=2_000, show_default=True, help="Articles before it.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seed", default=3, show_default=True)
@click.option("--seconds", default=20.0, show_default=True, help="Of the latency run; 0: none.")
@click.option(
    "--most", default=100_000, show_default=True, help="Most articles of the growth curve."
)
@click.option("--only", multiple=True, help="Only these contenders.")
@click.option("--spacy", help="A Python that has spaCy, confluent-kafka and both small models.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write this .json and a .png beside it."
)
def main(
    part: tuple[str, ...],
    articles: Path | None,
    count: int,
    warm: int,
    rounds: int,
    seed: int,
    seconds: float,
    most: int,
    only: tuple[str, ...],
    spacy: str | None,
    out: Path | None,
) -> None:
    """Measure analysis alone, the whole path through Kafka beside its peers, and growth.

    The whole path needs Java and Maven; Quix Streams is measured where `quixstreams` is installed.
    Read quickly, unless FRENEMY_READER says thorough.
    """
    parts = part or PARTS
    given = None if articles is None else articles.read_bytes().splitlines()
    made = report.Report(report.machine(), os.getloadavg()[0], 0.0)
    if "path" in parts:
        _path(made, path.made(count, warm, seed, given), rounds, seconds, spacy, only)
    if "analysis" in parts or "growth" in parts:
        analyst = analysts.load(load({}, {"reader": os.environ.get("FRENEMY_READER", "quick")}))
        sample = given or list(Composer(seed).articles(min(count, 600)))
        analysis.quiet()
        if "analysis" in parts:
            made.analysis = analysis.steps(analyst, sample, rounds)
        if "growth" in parts:
            made.growth = {
                "articles": analysis.by_count(analyst, seed + 1, most),
                "names in the registry": analysis.by_names(sample[:150], rounds),
                "characters": analysis.by_length(analyst, seed, rounds),
                **analysis.by_pair(1_000),
            }
    made.load_after = os.getloadavg()[0]
    click.echo(report.text(made))
    if out is not None:
        out.write_text(json.dumps(msgspec.to_builtins(made), indent=1) + "\n")
        report.draw(made, out.with_suffix(".png"))


def _path(
    made: report.Report,
    bench: path.Bench,
    rounds: int,
    seconds: float,
    spacy: str | None,
    only: tuple[str, ...],
) -> None:
    """All contenders in turn, round after round, so that a change of the machine meets all."""
    results: dict[str, path.Result] = {}
    bench.start()
    try:
        number = 0
        for turn in range(rounds):
            for contender in path.contenders(spacy, only):
                known = results.setdefault(contender.name, path.Result(contender.name))
                if known.fault:
                    continue
                last = turn == rounds - 1 and seconds > 0
                rate = known.rate / 2 if last else None
                one = bench.run(contender, number, rate, seconds)
                known.samples += one.samples
                known.fault, known.latency = one.fault, one.latency
                number += 1
                cpu = sum(s.cpu_seconds / s.articles for s in one.samples) * 1_000
                click.echo(
                    f"{contender.name}: {one.rate:.0f} articles/s, {cpu:.2f} CPU s / 1,000 {one.fault}",
                    err=True,
                )
    finally:
        bench.close()
    made.path = list(results.values())


if __name__ == "__main__":
    main()
