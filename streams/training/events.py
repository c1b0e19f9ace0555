"""Train the event model.

    python -m streams.training.events [--core FILE] [--also FILE ...] [--output FILE]

Reads the written texts under `streams/training/texts/`, sentence frames, and where given the
annotated sentences of CORE and further annotated files (which count more, as real news), and
writes `streams/articles/events/data/model.npz`. The same input gives the same file on one
machine.
Needs the extra `training`.
"""

import argparse
import collections
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from streams.articles.events.features import features
from streams.articles.events.model import COLUMNS, RELATIONS, STATUSES, save
from streams.articles.events.sequence import tokens
from streams.articles.events.status import status_features
from streams.messages import SUBTYPES
from streams.training.events_core import core_examples
from streams.training.events_data import Example, examples, load
from streams.training.events_frames import FRAMES, records
from streams.training.written import TEXTS, halves, learned

OUTPUT = Path(__file__).parents[1] / "articles" / "events" / "data" / "model.npz"
LEAST = 4
STRENGTH = 0.05
STRENGTH_OF_STATUS = 0.1
POSITIVE_WEIGHT = 1.5
FRAME_RECORDS = 900
FRAME_WEIGHT = 0.5
CORE_WEIGHT = 1.0
WEAK_CORE_WEIGHT = 0.6
REAL_WEIGHT = 2.0
CALIBRATION = (
    (1.0, 0.11),
    (1.0, -0.07),
)  # slope and offset by type, used where no word network is given

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gives, as `model.save` takes it."""

    vocabulary: dict[str, int]
    weights: Floats


def vocabulary(rows: Sequence[Sequence[str]], least: int = LEAST) -> dict[str, int]:
    """Features that hold of at least `least` passages, in code-point order."""
    counts = collections.Counter(name for row in rows for name in row)
    kept = sorted(name for name, count in counts.items() if count >= least)
    return {name: row for row, name in enumerate(kept)}


def matrix(rows: Sequence[Sequence[str]], names: dict[str, int]) -> csr_matrix:
    """Passages by features, ones and zeros."""
    ends = [0]
    columns: list[int] = []
    for row in rows:
        columns.extend(names[name] for name in row if name in names)
        ends.append(len(columns))
    return csr_matrix(
        (np.ones(len(columns), np.float32), np.array(columns, np.int32), np.array(ends, np.int32)),
        shape=(len(rows), len(names)),
    )


def _logistic(
    x: csr_matrix, y: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64], strength: float
) -> tuple[npt.NDArray[np.float64], float]:
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=200, random_state=0)
    model.fit(x, y, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def train(found: Sequence[Example], weights: Sequence[float]) -> Trained:
    """Fit the table; `weights` is one weight for each example."""
    given = np.array(weights, dtype=np.float64)
    told = np.array([[r in e.told for r in RELATIONS] for e in found])
    usable = np.array([[r not in e.elsewhere for r in RELATIONS] for e in found])
    rows = [features(e.reading, e.passage) for e in found]
    names = vocabulary(rows)
    x = matrix(rows, names)
    table = np.zeros((len(names), len(COLUMNS)))
    bias = names["bias"]
    for column in range(len(RELATIONS)):
        chosen, y = usable[:, column], told[:, column]
        weight = given[chosen] * np.where(y[chosen], POSITIVE_WEIGHT, 1.0)
        table[:, column], offset = _logistic(x[chosen], y[chosen], weight, STRENGTH)
        table[bias, column] += offset
    _attribute(table, x, found, given, bias)
    sequences = [tokens(e.reading, e.passage) for e in found]
    told_status = _status(found, sequences, given)
    names |= {name: len(names) + row for name, row in told_status[0].items()}
    return Trained(names, np.concatenate([table, told_status[1]]).astype(np.float32))


def _status(
    found: Sequence[Example], sequences: Sequence[list[str]], given: npt.NDArray[np.float64]
) -> tuple[dict[str, int], npt.NDArray[np.float64]]:
    """Rows of the table that tell the status, one against the rest."""
    rows: list[list[str]] = []
    values: list[str] = []
    chosen: list[int] = []
    for number, example in enumerate(found):
        for relation, events in example.told.items():
            if events[0].get("status") in STATUSES:
                rows.append(status_features(sequences[number], relation))
                values.append(events[0]["status"])
                chosen.append(number)
    names = vocabulary(rows, 3)
    x = matrix(rows, names)
    table = np.zeros((len(names), len(COLUMNS)))
    always = [names[f"s:type={relation}"] for relation in RELATIONS]
    for option in STATUSES:
        y = np.array([value == option for value in values])
        column = COLUMNS.index(option)
        table[:, column], offset = _logistic(x, y, given[chosen], STRENGTH_OF_STATUS)
        table[always, column] += offset
    return names, table


def _attribute(
    table: npt.NDArray[np.float64],
    x: csr_matrix,
    found: Sequence[Example],
    given: npt.NDArray[np.float64],
    bias: int,
) -> None:
    """Subtypes, one against the rest, learned from passages that tell an event of the type."""
    for event, options in SUBTYPES.items():
        chosen: list[int] = []
        values: list[str] = []
        for number, example in enumerate(found):
            events = example.told.get(event, [])
            if events and "subtype" in events[0]:
                chosen.append(number)
                values.append(events[0]["subtype"])
        for option in options:
            y = np.array([value == option for value in values])
            column = COLUMNS.index(option)
            table[:, column], offset = _logistic(x[chosen], y, given[chosen], 0.1)
            table[bias, column] += offset


def framed() -> list[Example]:
    """Examples from sentence frames, across sentences only where a frame has two."""
    made = records(FRAME_RECORDS)
    return [e for e in examples(made) if e.passage.kind == "same" or made[e.record]["across"]]


def gather(
    texts: Path, core: Path | None, also: Sequence[Path]
) -> tuple[list[Example], list[float]]:
    """All examples that a model is trained on, and their weights."""
    found = examples(learned(load(sorted(texts.glob("*.jsonl")))))
    weights = [1.0] * len(found)
    more: list[tuple[list[Example], float]] = [(framed(), FRAME_WEIGHT)]
    if also:
        more.append((examples(halves(load(also))[0]), REAL_WEIGHT))
    for added, weight in more:
        found += added
        weights += [weight] * len(added)
    if core is not None:
        added = core_examples(core)
        found += added
        weights += [core_weight(e) for e in added]
    return found, weights


def core_weight(example: Example) -> float:
    """A shareholder may be a parent: such sentences count less."""
    weak = any(e.get("relation") == "shareholder_of" for es in example.told.values() for e in es)
    return WEAK_CORE_WEIGHT if weak else CORE_WEIGHT


def digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the contents of these files, in this order."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    found, weights = gather(arguments.texts, arguments.core, arguments.also)
    made = train(found, weights)
    sources = [*sorted(arguments.texts.glob("*.jsonl")), FRAMES, *arguments.also]
    sources += [arguments.core] if arguments.core else []
    version = f"events-{digest(sources)[:12]}"
    calibration = np.array(CALIBRATION, np.float32)
    save(arguments.output, version, made.vocabulary, made.weights, calibration)
    print(f"{version}: {len(found)} passages, {len(made.vocabulary)} features")  # noqa: T201


if __name__ == "__main__":
    main()
