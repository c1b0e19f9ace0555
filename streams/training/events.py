"""Train the event model: `python -m streams.training.events [--also FILE ...] [--output FILE]`.

Reads the written texts under `streams/training/texts/` and any further annotated files, and writes
`streams/articles/events/data/model.npz`. The same input gives the same file. Needs the extra `train`.
"""

import argparse
import collections
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from streams.articles.events.features import features
from streams.articles.events.model import COLUMNS, RELATIONS, STATUSES, LinearModel
from streams.messages import SUBTYPES
from streams.training.events_data import Example, examples, load

TEXTS = Path(__file__).parent / "texts"
OUTPUT = Path(__file__).parents[1] / "articles" / "events" / "data" / "model.npz"
LEAST = 4
STRENGTH = 0.05
POSITIVE_WEIGHT = 1.5


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


def _fit(
    x: csr_matrix, y: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64], strength: float
) -> tuple[npt.NDArray[np.float64], float]:
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=200, random_state=0)
    model.fit(x, y, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def train(found: Sequence[Example], weights: Sequence[float], version: str) -> LinearModel:
    """Fit every column on the examples; `weights` is one weight for each example."""
    rows = [features(e.reading, e.passage) for e in found]
    names = vocabulary(rows)
    x = matrix(rows, names)
    table = np.zeros((len(names), len(COLUMNS)))
    bias = names["bias"]
    given = np.array(weights, dtype=np.float64)
    for column, relation in enumerate(RELATIONS):
        y = np.array([relation in e.told for e in found])
        usable = np.array([relation not in e.elsewhere for e in found])
        weight = given * np.where(y, POSITIVE_WEIGHT, 1.0)
        table[:, column], offset = _fit(x[usable], y[usable], weight[usable], STRENGTH)
        table[bias, column] += offset
    _attribute(table, x, found, given, bias)
    return LinearModel(version, names, table.astype(np.float16).astype(np.float32))


def _attribute(
    table: npt.NDArray[np.float64],
    x: csr_matrix,
    found: Sequence[Example],
    given: npt.NDArray[np.float64],
    bias: int,
) -> None:
    """Status and subtypes, one against the rest, learned from passages that tell an event."""
    questions: list[tuple[str, str, tuple[str, ...]]] = [
        (event, "subtype", tuple(options)) for event, options in SUBTYPES.items()
    ]
    for event, key, options in [*questions, ("", "status", tuple(STATUSES))]:
        chosen: list[int] = []
        values: list[str] = []
        for number, example in enumerate(found):
            for relation, events in example.told.items():
                if relation in SUBTYPES and event in ("", relation):
                    chosen.append(number)
                    values.append(events[0][key])
        for option in options:
            y = np.array([value == option for value in values])
            column = COLUMNS.index(option)
            table[:, column], offset = _fit(x[chosen], y, given[chosen], 0.1)
            table[bias, column] += offset


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further annotated files")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    paths = [*sorted(TEXTS.glob("*.jsonl")), *arguments.also]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    records = load(paths)
    found = examples(records)
    model = train(found, [1.0] * len(found), f"events-{digest[:12]}")
    model.save(arguments.output)
    print(f"{len(records)} texts, {len(found)} passages, {len(model.vocabulary)} features")  # noqa: T201


if __name__ == "__main__":
    main()
