"""Measure three designs of the event model on texts that they have not seen.

    python -m streams.training.events_measure [--core FILE] [NAMED.jsonl ...]

Trains on three quarters of the written texts (and of CORE) and judges the last quarter, and every
file named: rules alone, the linear model alone, the cascade. Prints a table, the calibration that
the last quarter gives, and how often a confidence is right. Companies are those of the annotation.
"""

import argparse
import itertools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from streams.articles.events.cues import plainly
from streams.articles.events.detector import THRESHOLDS
from streams.articles.events.features import skeleton
from streams.articles.events.model import RELATIONS, TYPES, EventModel, save
from streams.messages import EventType
from streams.training.events import TEXTS, core_weight, framed, train
from streams.training.events_core import core_examples
from streams.training.events_data import Example, Record, examples, load

FOLDS = 4
_SURE = 3.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate pair with the greatest log-odds of its passages by type, and what holds of it."""

    record: int
    companies: tuple[str, str]
    odds: Floats


def rules(example: Example) -> list[float]:
    """Log-odds by type from the lexicon: a cue stands between the two and no other company."""
    if example.passage.kind != "same":
        return [-_SURE, -_SURE]
    tokens, _ = skeleton(example.passage.sentence, example.passage.left, example.passage.right)
    plain = plainly(tokens)
    return [_SURE if event in plain else -_SURE for event in TYPES]


def best_of_pairs(found: Sequence[Example], odds: Sequence[Sequence[float]]) -> list[Pair]:
    """Passages gathered by pair."""
    out: list[Pair] = []
    for _, group in itertools.groupby(range(len(found)), key=lambda n: found[n].pair):
        numbers = list(group)
        first = found[numbers[0]]
        companies = first.reading.companies
        names = sorted((companies[first.passage.left].id, companies[first.passage.right].id))
        top = np.max([odds[n] for n in numbers], axis=0).astype(np.float32)
        out.append(Pair(first.record, (names[0], names[1]), top))
    return out


def wanted(
    record: Record, event: EventType
) -> tuple[dict[tuple[str, str], float], set[tuple[str, str]]]:
    """Pairs to be found with their weight, and pairs that count neither way."""
    pairs: dict[tuple[str, str], float] = {}
    free: set[tuple[str, str]] = set()
    for annotated, optional in (
        (record["events"], False),
        (record.get("optional_events", []), True),
    ):
        for item in annotated:
            members = sorted(set(item["participants"]))
            for a, b in itertools.combinations(members, 2):
                if item["type"] != event:
                    continue
                if optional or item["status"] == "denied":
                    free.add((a, b))
                else:
                    pairs[a, b] = max(pairs.get((a, b), 0.0), 2 / len(members))
    return pairs, free - set(pairs)


def figures(
    records: Sequence[Record], pairs: Sequence[Pair], accept: Callable[[float, EventType], bool]
) -> tuple[float, float, float]:
    """Precision, recall and F1 over both types."""
    right = wrong = total = 0.0
    for column, event in enumerate(TYPES):
        gold = [wanted(record, event) for record in records]
        total += sum(sum(pairs_.values()) for pairs_, _ in gold)
        for pair in pairs:
            needed, free = gold[pair.record]
            if pair.companies in free or not accept(float(pair.odds[column]), event):
                continue
            if pair.companies in needed:
                right += needed[pair.companies]
            else:
                wrong += 1
    precision = right / max(right + wrong, 1e-9)
    recall = right / max(total, 1e-9)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def calibrate(records: Sequence[Record], pairs: Sequence[Pair]) -> Floats:
    """Slope and offset by type from the pairs of texts that the model has not seen."""
    out = []
    for column, event in enumerate(TYPES):
        gold = [wanted(record, event) for record in records]
        kept = [p for p in pairs if p.companies not in gold[p.record][1]]
        x = np.array([[p.odds[column]] for p in kept])
        y = np.array([p.companies in gold[p.record][0] for p in kept])
        model = LogisticRegression(C=1000.0).fit(x, y)
        out.append((float(model.coef_[0][0]), float(model.intercept_[0])))
    return np.array(out, np.float32)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--model", type=Path, help="where to leave the model of the measurement")
    parser.add_argument("named", type=Path, nargs="*", help="annotated files to judge")
    arguments = parser.parse_args()
    written = load(sorted(arguments.texts.glob("*.jsonl")))
    held = [r for n, r in enumerate(written) if n % FOLDS == 0]
    learned = examples([r for n, r in enumerate(written) if n % FOLDS])
    frames = framed()
    core = core_examples(arguments.core) if arguments.core else []
    core_learned = [e for e in core if e.record % FOLDS]
    core_held = [e for e in core if e.record % FOLDS == 0]
    weights = [1.0] * len(learned) + [0.5] * len(frames) + [core_weight(e) for e in core_learned]
    made = train([*learned, *frames, *core_learned], weights)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.model or Path(folder) / "model.npz"
        plain = np.array([(1.0, 0.0), (1.0, 0.0)], np.float32)
        save(path, "measured", made.vocabulary, made.weights, made.networks, plain)
        model = EventModel.load(path)
    report(model, held, core_held, arguments.named)


def report(
    model: EventModel, held: list[Record], core_held: list[Example], named: Sequence[Path]
) -> None:
    """Print the tables."""
    sets = {"written": held, **{path.stem: load([path]) for path in named}}
    calibration = calibrate(held, _judged(model, examples(held))[2])
    _say("calibration", calibration.tolist(), "thresholds", dict(THRESHOLDS))
    for name, records in sets.items():
        for lang in ("en", "fr", ""):
            chosen = [r for r in records if lang in ("", r["lang"])]
            if not chosen:
                continue
            found = examples(chosen)
            by_design = _judged(model, found)
            for design, pairs in zip(("rules", "linear", "cascade"), by_design, strict=True):
                scale = calibration if design == "cascade" else None
                p, r, f = figures(chosen, pairs, _accept(scale))
                _say(f"{name:12} {lang or 'all':4} {design:8} P {p:.3f} R {r:.3f} F1 {f:.3f}")
        _reliability(records, _judged(model, examples(records))[2], calibration)
    for column, event in enumerate(TYPES):
        _core(model, core_held, column, event, calibration)


def _judged(
    model: EventModel, found: Sequence[Example]
) -> tuple[list[Pair], list[Pair], list[Pair]]:
    by_rule = [rules(e) for e in found]
    linear: list[list[float]] = []
    cascade: list[list[float]] = []
    for _, group in itertools.groupby(found, key=lambda e: e.record):
        members = list(group)
        scored = model.judge(members[0].reading, [e.passage for e in members])
        linear += [[float(v) for v in s.linear[:2]] for s in scored]
        cascade += [[float(v) for v in s.odds[:2]] for s in scored]
    return (
        best_of_pairs(found, by_rule),
        best_of_pairs(found, linear),
        best_of_pairs(found, cascade),
    )


def _accept(calibration: Floats | None) -> Callable[[float, EventType], bool]:
    def accept(odds: float, event: EventType) -> bool:
        slope, offset = (1.0, 0.0) if calibration is None else calibration[TYPES.index(event)]
        return bool(1 / (1 + np.exp(-(slope * odds + offset))) >= THRESHOLDS[event])

    return accept


def _reliability(records: Sequence[Record], pairs: Sequence[Pair], calibration: Floats) -> None:
    for column, event in enumerate(TYPES):
        gold = [wanted(record, event) for record in records]
        slope, offset = calibration[column]
        cells: list[list[float]] = [[] for _ in range(10)]
        sure: list[list[float]] = [[] for _ in range(10)]
        for pair in pairs:
            chance = float(1 / (1 + np.exp(-(slope * pair.odds[column] + offset))))
            cell = min(9, int(chance * 10))
            cells[cell].append(float(pair.companies in gold[pair.record][0]))
            sure[cell].append(chance)
        told = [
            f"{np.mean(s):.2f}:{np.mean(c):.2f}({len(c)})"
            for s, c in zip(sure, cells, strict=True)
            if c
        ]
        _say(f"  confidence:right(pairs) {event}", *told)


def _core(
    model: EventModel, found: Sequence[Example], column: int, event: EventType, calibration: Floats
) -> None:
    if not found:
        return
    pairs = _judged(model, found)[2]
    accept = _accept(calibration)
    held = {e.record for e in found if RELATIONS[column] in (*e.told, *e.elsewhere)}
    taken = {p.record for p in pairs if accept(float(p.odds[column]), event)}
    both = len(held & taken)
    precision, recall = both / max(1, len(taken)), both / max(1, len(held))
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    _say(f"core {event} P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")


def _say(*parts: object) -> None:
    print(*parts, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
