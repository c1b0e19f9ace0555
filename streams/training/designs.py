"""Compare designs of event detection on texts that none of them has seen.

    python -m streams.training.designs TEXTS.jsonl ...

Rules alone (a cue between the two and no other company), the linear model, the quick cascade (linear
and word network), with the encoder that reads relations, and with the one that reads names too; all
with the companies that the finder sees. The thresholds of every design are those that are best on the
first file. Files as for `streams.training.encoder_calibration`, which has to run first. Then: how often
a confidence is right.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.encoder.encoder import Encoder
from streams.articles.events.candidates import pairs, passages, read
from streams.articles.events.cues import plainly
from streams.articles.events.detector import EventDetector
from streams.articles.events.features import skeleton
from streams.articles.events.model import TYPES
from streams.messages import Company
from streams.training.encoder_calibration import command_line, told_pairs
from streams.training.events_data import Record, companies_of, document_of, load
from streams.training.events_seen import under_annotated_ids

DESIGNS = (
    "rules",
    "linear",
    "linear + words",
    "linear + words + encoder",
    "linear + words + encoder + names",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a design says of a pair and type, from 0 to 1 or as log-odds, and whether it holds."""

    type: str
    score: float
    holds: bool


class Sides:
    """The designs, and what they say of texts."""

    def __init__(self, encoder: Encoder) -> None:
        known, tagger = registry.load(), TaggerModel.load()
        self.finder = CompanyFinder(known, tagger)
        self.thorough = CompanyFinder(known, tagger, names=encoder.names)
        self.detector = EventDetector()
        self.encoder = encoder

    def verdicts(self, records: Sequence[Record]) -> dict[str, list[Verdict]]:
        """By design, all that it says of these texts."""
        found: dict[str, list[Verdict]] = defaultdict(list)
        for record in records:
            told, optional = told_pairs(record), told_pairs(record, "optional_events")

            def add(
                design: str,
                key: tuple[str, str, str],
                score: float,
                told: set[tuple[str, str, str]] = told,
                optional: set[tuple[str, str, str]] = optional,
            ) -> None:
                if key in told or key not in optional:
                    found[design].append(Verdict(key[0], score, key in told))

            document = document_of(record)
            companies = under_annotated_ids(self.finder.find(document), companies_of(record))
            for key in _by_rule(record, companies):
                add("rules", key, 1.0)
            for j in self.detector.explain(document, companies):
                first, second = sorted(j.pair)
                add("linear", (j.type, first, second), j.linear)
                add("linear + words", (j.type, first, second), j.combined)
            found_names = self.thorough.find(document)
            both = companies, under_annotated_ids(found_names, companies_of(record))
            for design, those in zip(DESIGNS[-2:], both, strict=True):
                for j in self.detector.explain(document, those, self.encoder.open(document)):
                    first, second = sorted(j.pair)
                    add(design, (j.type, first, second), j.confidence)
        return found


def _by_rule(record: Record, companies: Sequence[Company]) -> Iterator[tuple[str, str, str]]:
    reading = read(document_of(record), companies)
    for a, b in pairs(reading):
        told: set[str] = set()
        for passage in passages(reading, a, b):
            if passage.kind == "same":
                tokens, _ = skeleton(passage.sentence, passage.left, passage.right)
                told |= set(plainly(tokens))
        first, second = sorted((reading.companies[a].id, reading.companies[b].id))
        for event in TYPES:
            if event in told:
                yield event, first, second


def counts(verdicts: Sequence[Verdict], limits: dict[str, float]) -> tuple[int, int]:
    """How many are told rightly and wrongly."""
    chosen = [v.holds for v in verdicts if v.score >= limits[v.type]]
    return sum(chosen), len(chosen) - sum(chosen)


def best_limits(verdicts: Sequence[Verdict], totals: dict[str, int]) -> dict[str, float]:
    """By type the score from which F1 is best."""
    limits: dict[str, float] = {}
    for event in TYPES:
        mine = sorted((v for v in verdicts if v.type == event), key=lambda v: -v.score)
        best, limits[event] = -1.0, 0.0
        right = 0
        for number, verdict in enumerate(mine, start=1):
            right += verdict.holds
            f1 = 2 * right / (number + totals[event])
            if f1 > best:
                best, limits[event] = f1, verdict.score
    return limits


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    given = command_line(parser)
    sides = Sides(Encoder(given.encoder))
    limits: dict[str, dict[str, float]] = {}
    print("| texts | design | precision | recall | F1 |\n| --- | --- | --- | --- | --- |")  # noqa: T201
    for path in given.texts:
        records = load([path])
        keys = [key for record in records for key in told_pairs(record)]
        totals: dict[str, int] = {t: sum(k[0] == t for k in keys) for t in TYPES}
        verdicts = sides.verdicts(records)
        for design in DESIGNS:
            if design not in limits:
                limits[design] = best_limits(verdicts[design], totals)
            right, wrong = counts(verdicts[design], limits[design])
            total = sum(totals.values())
            cells = (
                right / max(1, right + wrong),
                right / total,
                2 * right / (right + wrong + total),
            )
            row = " | ".join(f"{cell:.3f}" for cell in cells)
            print(f"| {path.stem} | {design} | {row} |", flush=True)  # noqa: T201
        for low in range(10):
            bin_ = [v for v in verdicts[DESIGNS[-1]] if low <= 10 * v.score < low + 1]
            if bin_:
                share = sum(v.holds for v in bin_) / len(bin_)
                mean = sum(v.score for v in bin_) / len(bin_)
                print(f"{path.stem}: confidence {mean:.2f}, right {share:.2f} of {len(bin_)}")  # noqa: T201


if __name__ == "__main__":
    main()
