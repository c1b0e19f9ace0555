"""The trained model: one table of weights over named features.

Each row belongs to a feature, each column to a question: does the passage tell of competition,
partnership, ownership; which status; which subtype. Running it needs numpy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.messages import SUBTYPES, EventType, Status, Subtype

RELATIONS = ("competition", "partnership", "ownership")
STATUSES: tuple[Status, ...] = ("asserted", "planned", "rumoured", "ended", "denied")
TYPES: tuple[EventType, ...] = ("competition", "partnership")
COLUMNS = (*RELATIONS, *STATUSES, *SUBTYPES["competition"], *SUBTYPES["partnership"])

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of `len(vocabulary)` features for `COLUMNS`; scores are log-odds."""

    version: str
    vocabulary: dict[str, int]
    weights: Floats

    @classmethod
    def load(cls, path: Path | None = None) -> "LinearModel":
        """Read the shipped model, or the one at `path`."""
        if path is None:
            with as_file(files(__package__).joinpath("data/model.npz")) as shipped:
                return cls.load(shipped)
        with np.load(path, allow_pickle=False) as stored:
            names = bytes(stored["names"]).decode("utf-8").split("\n")
            weights = stored["weights"].astype(np.float32)
            version = str(stored["version"])
        return cls(version, {name: row for row, name in enumerate(names)}, weights)

    def save(self, path: Path) -> None:
        """Write the model; the same model gives the same bytes."""
        names = "\n".join(sorted(self.vocabulary, key=self.vocabulary.__getitem__))
        np.savez_compressed(
            path,
            names=np.frombuffer(names.encode("utf-8"), dtype=np.uint8),
            weights=self.weights.astype(np.float16),
            version=np.array(self.version),
        )

    def score(self, features: Sequence[str]) -> Floats:
        """Log-odds of every column for a passage with these features."""
        rows = [row for row in map(self.vocabulary.get, features) if row is not None]
        summed: Floats = self.weights[rows].sum(axis=0, dtype=np.float32)
        return summed

    def weight(self, feature: str, column: str) -> float:
        """What one feature says for one question (0 where it is unknown)."""
        row = self.vocabulary.get(feature)
        return 0.0 if row is None else float(self.weights[row, COLUMNS.index(column)])


def subtype(scores: Floats, event: EventType) -> Subtype:
    """The subtype with the highest score."""
    first = COLUMNS.index(SUBTYPES[event][0])
    options = SUBTYPES[event]
    return options[int(np.argmax(scores[first : first + len(options)]))]


def status(scores: Floats) -> Status:
    """The status with the highest score."""
    first = COLUMNS.index(STATUSES[0])
    return STATUSES[int(np.argmax(scores[first : first + len(STATUSES)]))]
