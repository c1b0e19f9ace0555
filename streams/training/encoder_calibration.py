"""Find how the encoder's word is weighed against that of the quick models, and the thresholds.

    python -m streams.training.encoder_calibration TEXTS.jsonl ...

The texts must be unknown to all models: those that `streams.training.written` holds back. Each file
counts alike, however many texts it has. Run it after `names_calibration`.
Writes `blend.json` beside the encoder and prints what was tried.
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.encoder.encoder import SHIPPED, Encoded, Encoder
from streams.articles.encoder.reading import Blend
from streams.articles.events.detector import EventDetector
from streams.articles.events.model import TYPES
from streams.messages import Company
from streams.training.events_data import Record, companies_of, document_of, load
from streams.training.events_seen import under_annotated_ids

SHARES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
THRESHOLDS = tuple(round(0.2 + 0.02 * n, 2) for n in range(31))
STRENGTH = 1.0
ASK = -1.8  # a chance of 14 %; what is gained and what it costs by this is in the README


@dataclass(slots=True)
class Text:
    """A text with what the encoder reads in it."""

    record: Record
    encoded: Encoded


@dataclass(frozen=True, slots=True)
class Case:
    """A pair and type that was judged: log-odds of both, and whether it holds (None: optional)."""

    set: int
    type: str
    quick: float
    encoder: float
    holds: bool | None


def told_pairs(record: Record, key: str = "events") -> set[tuple[str, str, str]]:
    """Type and pair of each annotated event."""
    return {
        (event["type"], a, b)
        for event in record.get(key, [])
        for a, b in itertools.combinations(sorted(set(event["participants"])), 2)
        if event["type"] in TYPES
    }


class Calibration:
    """The models, and the texts by file."""

    def __init__(
        self,
        finder: CompanyFinder,
        detector: EventDetector,
        encoder: Encoder,
        files: Sequence[Path],
    ) -> None:
        self.finder = finder
        self.detector = detector
        self.encoder = encoder
        self.sets = [
            [Text(record, encoder.open(document_of(record))) for record in load([path])]
            for path in files
        ]

    def found(self, text: Text) -> list[Company]:
        """Companies as the finder sees them, under the ids of the annotation where it has them."""
        found = self.finder.find(document_of(text.record))
        return under_annotated_ids(found, companies_of(text.record))

    def cases(self) -> tuple[list[Case], list[dict[str, int]]]:
        """Every judged pair, and the number of annotated events by set and type."""
        cases: list[Case] = []
        totals: list[dict[str, int]] = []
        for number, texts in enumerate(self.sets):
            totals.append(dict.fromkeys(TYPES, 0))
            for text in texts:
                told = told_pairs(text.record)
                optional = told_pairs(text.record, "optional_events")
                for type_, _, _ in told:
                    totals[number][type_] += 1
                document = document_of(text.record)
                for j in self.detector.explain(document, self.found(text), text.encoded):
                    key = (j.type, *sorted(j.pair))
                    if j.encoder is not None:
                        holds = key in told if key in told or key not in optional else None
                        cases.append(Case(number, j.type, j.combined, j.encoder, holds))
        return cases, totals


def weights_of(cases: Sequence[Case], sets: int) -> tuple[float, float, float]:
    """Offset and weights of a logistic regression in which each set counts alike."""
    known = [case for case in cases if case.holds is not None]
    sizes = [max(1, sum(case.set == n for case in known)) for n in range(sets)]
    weight = np.array([len(known) / sets / sizes[case.set] for case in known])
    model = LogisticRegression(C=STRENGTH, max_iter=1_000)
    odds = [(c.quick, c.encoder) for c in known]
    model.fit(odds, [c.holds for c in known], sample_weight=weight)
    of_quick, of_encoder = (round(float(w), 4) for w in model.coef_[0])
    return round(float(model.intercept_[0]), 4), of_quick, of_encoder


def threshold_of(
    cases: Sequence[Case], weights: tuple[float, float, float], totals: Sequence[int]
) -> tuple[float, list[float]]:
    """The threshold with the best mean F1 over the sets, and the F1 of each."""
    offset, of_quick, of_encoder = weights
    odds = [offset + of_quick * c.quick + of_encoder * c.encoder for c in cases]
    best: tuple[float, float, list[float]] = (-1.0, 0.5, [])
    for least in THRESHOLDS:
        limit = float(np.log(least / (1 - least)))
        scores = []
        for number, total in enumerate(totals):
            chosen = [c for c, o in zip(cases, odds, strict=True) if o >= limit and c.set == number]
            right = sum(c.holds is True for c in chosen)
            wrong = sum(c.holds is False for c in chosen)
            scores.append(2 * right / max(1, right + wrong + total))
        best = max(best, (sum(scores) / len(scores), least, scores), key=lambda b: b[0])
    return best[1], best[2]


def status_share(work: Calibration) -> float:
    """The share of the encoder with which most statuses of found events are right."""
    reached = {}
    for share in SHARES:
        work.encoder.blend = msgspec.structs.replace(work.encoder.blend, status=share)
        right = count = 0
        for text in itertools.chain(*work.sets):
            told = {
                (e["type"], *pair): e["status"]
                for e in text.record["events"]
                for pair in itertools.combinations(sorted(set(e["participants"])), 2)
            }
            document = document_of(text.record)
            for event in work.detector.detect(document, work.found(text), text.encoded):
                key = (event.type, *sorted(id_ for id_, _ in event.participants))
                if key in told:
                    count += 1
                    right += told[key] == event.status
        reached[share] = right / max(1, count)
        print(f"status, share {share}: {reached[share]:.3f} of {count}", flush=True)  # noqa: T201
    return max(reached, key=lambda share: reached[share])


def command_line(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The texts, and where the encoder lies."""
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--encoder", type=Path, default=SHIPPED)
    return parser.parse_args()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    given = command_line(parser)
    blend = Blend(
        ask=ASK,
        events=dict.fromkeys(TYPES, (0.0, 0.5, 0.5)),
        status=0.5,
        thresholds=dict.fromkeys(TYPES, 0.4),
    )
    target = given.encoder / "blend.json"
    target.write_bytes(msgspec.json.encode(blend))
    encoder = Encoder(given.encoder)
    finder = CompanyFinder(registry.load(), TaggerModel.load(), names=encoder.names)
    work = Calibration(finder, EventDetector(), encoder, given.texts)
    cases, totals = work.cases()
    events, thresholds = {}, {}
    for type_ in TYPES:
        mine = [case for case in cases if case.type == type_]
        events[type_] = weights_of(mine, len(work.sets))
        counts = [total[type_] for total in totals]
        thresholds[type_], scores = threshold_of(mine, events[type_], counts)
        told = " ".join(f"{score:.3f}" for score in scores)
        print(f"{type_}: {events[type_]}, from {thresholds[type_]}: {told}", flush=True)  # noqa: T201
    work.encoder.blend = msgspec.structs.replace(
        work.encoder.blend, events=events, thresholds=thresholds
    )
    blend = msgspec.structs.replace(work.encoder.blend, status=status_share(work))
    target.write_bytes(msgspec.json.format(msgspec.json.encode(blend)) + b"\n")


if __name__ == "__main__":
    main()
