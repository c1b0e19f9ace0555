"""Measure company finding on annotated texts.

    python -m streams.training.companies_measure GOLD.jsonl ... [--ordinary TEXTS.jsonl] [--reader quick]

prints, for all texts and by language, precision, recall and F1 of companies (a company is right where
one of its mentions lies on a name or product of an annotated one; sources are neither required nor
wrong) and of mentions by kind, then how often mentions of each confidence are right. With
`--ordinary`: companies found per 1,000 words of texts that have none.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut
from streams.articles.encoder.encoder import Encoder
from streams.messages import Company
from streams.training.companies_gold import Span, Spans, gold_spans

BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.01)


@dataclass(slots=True)
class Tally:
    """Right, wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """F1 from 0 to 1."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)

    def row(self, name: str) -> str:
        """Precision, recall and F1 as a line of a table."""
        precision = self.right / max(self.right + self.wrong, 1)
        recall = self.right / max(self.right + self.missed, 1)
        counts = f"{self.right} | {self.wrong} | {self.missed}"
        return f"| {name} | {precision:.3f} | {recall:.3f} | {self.f1:.3f} | {counts} |"


class Measure:
    """Counts over texts."""

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.by_confidence: dict[float, list[tuple[float, bool]]] = defaultdict(list)

    def add(self, text: dict[str, Any], found: list[Company]) -> None:
        """Count one text."""
        spans = gold_spans(text)
        hit = self._add_found(text, found, spans)
        reached = {
            (m.field, m.start, m.end)
            for company in found
            for m in company.mentions
            if m.kind in ("name", "product")
        }
        for company in text["companies"]:
            if company.get("role", "actor") != "actor":
                continue
            places = spans[company["id"]]
            if company["id"] in hit:
                self._count("companies", text, right=1)
            elif places["name"]:
                self._count("companies", text, missed=1)
            products = places["any"] - places["name"]
            for kind, wanted in (("name", places["name"]), ("product", products)):
                for span in wanted:
                    right = _lies(span, reached)
                    self._count(f"mentions: {kind}", text, right=int(right), missed=int(not right))

    def _add_found(self, text: dict[str, Any], found: list[Company], spans: Spans) -> set[str]:
        """Count what was found; the annotated companies among it."""
        hit: set[str] = set()
        for company in found:
            owners: set[str] = set()
            for m in company.mentions:
                span = (m.field, m.start, m.end)
                owned = {id_ for id_, places in spans.items() if _lies(span, places["any"])}
                owners |= owned
                if m.kind in ("name", "product"):
                    self._bin(m.confidence, bool(owned))
                    if not owned:
                        self._count(f"mentions: {m.kind}", text, wrong=1)
            hit |= owners
            if not owners:
                self._count("companies", text, wrong=1)
        return hit

    def _count(self, what: str, text: dict[str, Any], **counts: int) -> None:
        for name in (what, f"{what}, {text['lang']}"):
            tally = self.tallies[name]
            for key, count in counts.items():
                setattr(tally, key, getattr(tally, key) + count)

    def _bin(self, confidence: float, right: bool) -> None:
        low = max(b for b in BINS if b <= confidence)
        self.by_confidence[low].append((confidence, right))

    def lines(self) -> Iterable[str]:
        """Both tables."""
        yield "| what | precision | recall | F1 | right | wrong | missed |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for name, tally in sorted(self.tallies.items()):
            yield tally.row(name)
        yield ""
        yield "| confidence from | mentions | mean confidence | right |"
        yield "| --- | --- | --- | --- |"
        for low, cases in sorted(self.by_confidence.items()):
            mean = sum(c for c, _ in cases) / len(cases)
            right = sum(r for _, r in cases) / len(cases)
            yield f"| {low:.2f} | {len(cases)} | {mean:.3f} | {right:.3f} |"


def _lies(span: Span, places: Iterable[Span]) -> bool:
    return any(f == span[0] and s < span[2] and span[1] < e for f, s, e in places)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path, nargs="*")
    parser.add_argument("--ordinary", type=Path, nargs="*", default=[])
    parser.add_argument("--model", type=Path)
    parser.add_argument("--reader", choices=("quick", "thorough"), default="thorough")
    args = parser.parse_args()
    model = TaggerModel.load(args.model) if args.model else TaggerModel.load()
    names = Encoder.load().names if args.reader == "thorough" else None
    finder = CompanyFinder(registry.load(), model, names=names)
    measure = Measure()
    words = alarms = 0
    for path in (*args.gold, *args.ordinary):
        for line in path.read_text("utf-8").splitlines():
            text = json.loads(line)
            found = finder.find(cut(text.get("title") or "", text["text"], text["lang"]))
            if path in args.ordinary:
                words += len(f"{text.get('title') or ''} {text['text']}".split())
                alarms += len(found)
            else:
                measure.add(text, found)
    lines = list(measure.lines()) if args.gold else []
    if words:
        rate = 1000 * alarms / words
        lines.append(f"{alarms} companies in {words} words of ordinary text: {rate:.2f} per 1,000")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
