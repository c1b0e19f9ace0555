"""Measures how well reports of one story are told from others: `python -m streams.training.stories`.

Reads `tests/data/stories*.txt`, runs each report through the pipeline's own steps (companies, story mark,
relation state; the event itself is as written in the file), and compares the stories with the file's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import cast, get_args

import click
import msgspec

from streams.articles.enrich import Analyst, read
from streams.articles.identity import event_id
from streams.articles.memory import remember
from streams.messages import (
    ArticleReference,
    Enriched,
    Event,
    EventType,
    Evidence,
    Participant,
    Status,
    Subtype,
)
from streams.relations.relate import relate
from streams.relations.rules import Rules
from streams.relations.state import PairState
from streams.wire import analyst, settings

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "data"
START = 1_715_000_000_000
HOUR = 3_600_000
DATELINES = ("PARIS (Agency) - ", "NEW YORK, Agency: ", "(From our wire) ")


@dataclass(frozen=True, slots=True)
class Report:
    """A report of the file, or a copy made of one."""

    id: str
    story: str
    pair: str
    type: EventType
    subtype: Subtype
    status: Status
    hours: float
    lang: str
    source: str
    title: str
    body: str
    copied: bool = False


def reports(name: str) -> list[Report]:
    """The reports of a file of `tests/data`."""
    lines = [
        line
        for line in (FOLDER / name).read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    found = []
    for number, (head, text) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        story, pair, type_, subtype, status, hours, lang, source = head.split(" | ")
        title, body = text.split(" | ")
        if type_ not in get_args(EventType) or status not in get_args(Status):
            raise ValueError(head)
        found.append(
            Report(
                id=f"{story}-{number:03d}",
                story=story,
                pair=pair,
                type=cast(EventType, type_),
                subtype=cast(Subtype, subtype),
                status=cast(Status, status),
                hours=float(hours),
                lang=lang,
                source=source,
                title=title,
                body=body,
            )
        )
    return found


def copies(originals: Iterable[Report]) -> Iterator[Report]:
    """Syndicated copies: another source, a dateline, another title, the last sentence cut off."""
    for number, report in enumerate(originals):
        for kind in range(2):
            body = report.body
            if kind == 1:
                body = DATELINES[number % len(DATELINES)] + body.rsplit(". ", 1)[0] + "."
            yield replace(
                report,
                id=f"{report.id}-copy{kind}",
                source=f"Paper {number % 7}{kind}",
                hours=report.hours + 1 + 2 * kind,
                title=report.title if kind == 0 else report.body.split(". ", 1)[0][:70],
                body=body,
                copied=True,
            )


def grouped(given: Iterable[Report], reader: Analyst) -> dict[str, str]:
    """The story that each report is given, by report id."""
    states: dict[str, PairState] = {}
    for report in given:
        arrived = START + round(report.hours * HOUR)
        _, detections = remember(None, _enriched(report, reader, arrived), arrived)
        for detection in detections:
            states[report.pair] = relate(
                states.get(report.pair), detection, Rules(most_articles=1_000)
            ).state
    return {
        article: event.story
        for state in states.values()
        for article, entry in state.entries.items()
        for event in entry.events
    }


def pairwise(given: Iterable[Report], stories: dict[str, str]) -> tuple[int, int, int]:
    """Pairs of reports that are rightly, wrongly and not put into one story."""
    right = wrong = missed = 0
    by_pair = defaultdict(list)
    for report in given:
        by_pair[report.pair].append(report)
    for rows in by_pair.values():
        for a, b in combinations(rows, 2):
            same, found = a.story == b.story, stories[a.id] == stories[b.id]
            right += same and found
            wrong += found and not same
            missed += same and not found
    return right, wrong, missed


def figures(counts: tuple[int, int, int]) -> tuple[float, float, float]:
    """Precision, recall and F1 of counts of `pairwise`."""
    right, wrong, missed = counts
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return precision, recall, 2 * right / (2 * right + wrong + missed) if right else 0.0


def _enriched(report: Report, reader: Analyst, arrived: int) -> Enriched:
    raw = {"id": report.id, "title": report.title, "body": report.body, "lang": report.lang}
    article = read(msgspec.json.encode(raw), reader.limits)
    found = reader.enrich_article(article, "2024-05-08T00:00:00Z")
    a, b = report.pair.split("~")
    role = "competitor" if report.type == "competition" else "partner"
    event = Event(
        event_id=event_id(report.id, report.type, report.pair, report.status),
        type=report.type,
        subtype=report.subtype,
        status=report.status,
        participants=(
            Participant(id=a, name=a, role=role),  # type: ignore[arg-type] # one of the roles
            Participant(id=b, name=b, role=role),  # type: ignore[arg-type] # one of the roles
        ),
        pair=report.pair,
        confidence=0.9,
        evidence=Evidence(
            field="title", start=0, end=len(article.title), text=article.title, cues=()
        ),
        article=ArticleReference(id=report.id, title=article.title, lang=article.lang),
        detected_at="2024-05-08T00:00:00Z",
        version=found.version,
    )
    return msgspec.structs.replace(found, source=report.source, events=(event,))


@click.command("stories")
@click.option("--misses", is_flag=True, help="Also list the pairs of reports that are wrong.")
def main(misses: bool) -> None:
    """Print precision, recall and F1 over pairs of reports."""
    reader = analyst.load(settings.load())
    seen, later = reports("stories.txt"), reports("stories_later.txt")
    written = [*seen, *later]
    every = [*written, *copies(written)]
    stories = grouped(sorted(every, key=lambda r: r.hours), reader)
    rows = {
        "thresholds were set on these": seen,
        "written afterwards": later,
        "all": written,
        "all with copies": every,
    }
    for name, some in rows.items():
        precision, recall, f1 = figures(pairwise(some, stories))
        count = f"{len({r.story for r in some})} stories, {len(some)} reports"
        numbers = f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
        click.echo(f"{name:30} {count:24} {numbers}")
    if misses:
        for a, b in combinations(written, 2):
            if a.pair == b.pair and (a.story == b.story) != (stories[a.id] == stories[b.id]):
                click.echo(f"{'missed' if a.story == b.story else 'wrong'}: {a.id} {b.id}")


if __name__ == "__main__":
    main()
