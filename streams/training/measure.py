"""Measure companies and events end to end: raw articles in, what subscribers get out.

    python -m streams.training.measure GOLD.jsonl ... [--reader quick|thorough]

A company is right where one of its mentions lies on an annotated one. Events count as pairs: an event
between k companies weighs 2/k a pair; one that the text denies need not be found but must not be told
as anything else; what annotators did not agree on counts neither way.
"""

import argparse
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from streams.articles.enrich import Analyst
from streams.messages import Company, Enriched
from streams.training.companies_gold import Span, Spans, gold_spans
from streams.training.companies_measure import Measure
from streams.training.events_data import Record, load
from streams.wire import analyst as analysts
from streams.wire import settings as declaration

Key = tuple[str, str, str]
SHOWN = ("all", "en", "fr", "competition", "partnership")


class Tally:
    """Weights of right, wrong and missed pairs."""

    def __init__(self) -> None:
        self.right = self.wrong = self.missed = 0.0

    def cells(self) -> str:
        """Precision, recall, F1 as cells of a table."""
        precision = self.right / max(self.right + self.wrong, 1e-9)
        recall = self.right / max(self.right + self.missed, 1e-9)
        f1 = 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1e-9)
        return f"{precision:.3f} | {recall:.3f} | {f1:.3f}"


class Events:
    """Counts of events over texts."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.status: Counter[bool] = Counter()

    def add(self, text: Record, found: Enriched) -> None:
        """Count one text."""
        annotated = _meant(text, found.companies)
        told = {key: (weight, status) for key, weight, status in _pairs(text, "events")}
        optional = {key for key, _, _ in _pairs(text, "optional_events")}
        reached: set[Key] = set()
        for event in found.events:
            ids = (annotated.get(p.id, f"?{p.id}") for p in event.participants)
            first, second = sorted(ids)
            key: Key = (event.type, first, second)
            if key in reached:
                continue
            reached.add(key)
            if key not in told:
                if key not in optional:
                    self._count(text, event.type, wrong=1.0)
                continue
            weight, status = told[key]
            if status != "denied":
                self._count(text, event.type, right=weight)
                self.status[status == event.status] += 1
            elif event.status != "denied":
                self._count(text, event.type, wrong=weight)
        for key, (weight, status) in told.items():
            if key not in reached and status != "denied":
                self._count(text, key[0], missed=weight)

    def _count(self, text: Record, type_: str, **weights: float) -> None:
        for scope in ("all", text["lang"], type_):
            for name, weight in weights.items():
                tally = self.tallies[scope]
                setattr(tally, name, getattr(tally, name) + weight)

    def rows(self) -> Iterator[str]:
        """The table."""
        for scope in SHOWN:
            yield f"| events, {scope} | {self.tallies[scope].cells()} |"
        share = self.status[True] / max(1, self.status.total())
        yield f"| status right | {share:.2f} of {self.status.total()} | | |"


def _pairs(text: Record, key: str) -> Iterator[tuple[Key, float, str]]:
    for event in text.get(key, []):
        if event["type"] in ("competition", "partnership"):
            ids = sorted(set(event["participants"]))
            for a, b in itertools.combinations(ids, 2):
                yield (event["type"], a, b), 2 / len(ids), event.get("status", "")


def _meant(text: Record, companies: tuple[Company, ...]) -> dict[str, str]:
    """Ids that were found, with the annotated ones that most of their mentions lie on."""
    spans = gold_spans(text)
    meant: dict[str, str] = {}
    for company in companies:
        votes: Counter[str] = Counter()
        for mention in company.mentions:
            place = (mention.field, mention.start, mention.end)
            for id_, weight in _owners(place, spans):
                votes[id_] += weight if mention.kind == "name" else 1
        if votes:
            meant[company.id] = votes.most_common(1)[0][0]
    return meant


def _owners(place: Span, spans: Spans) -> Iterator[tuple[str, int]]:
    field, start, end = place
    for id_, kinds in spans.items():
        for kind, weight in (("name", 3), ("any", 1)):
            if any(f == field and s < end and start < e for f, s, e in kinds[kind]):
                yield id_, weight
                break


def analyst_of(reader: str | None) -> Analyst:
    """The analyst of the default settings, with this reader if one is named."""
    return analysts.load(declaration.load({}, {"reader": reader} if reader else {}))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("gold", type=Path, nargs="+")
    parser.add_argument("--reader", choices=("quick", "thorough"))
    given = parser.parse_args()
    analyst = analyst_of(given.reader)
    events, companies = Events(), Measure()
    for text in load(given.gold):
        article = {"id": text["id"], "body": text["text"], "lang": text["lang"]}
        if text.get("title"):
            article["title"] = text["title"]
        found = analyst.enrich(msgspec.json.encode(article), "2000-01-01T00:00:00Z")
        events.add(text, found)
        companies.add(text, list(found.companies))
    print("| | precision | recall | F1 |\n| --- | --- | --- | --- |")  # noqa: T201
    for name in ("companies", "companies, en", "companies, fr"):
        tally = companies.tallies[name]
        cells = Tally()
        cells.right, cells.wrong, cells.missed = tally.right, tally.wrong, tally.missed
        print(f"| {name} | {cells.cells()} |")  # noqa: T201
    print("\n".join(events.rows()))  # noqa: T201


if __name__ == "__main__":
    main()
