"""The trained model: a linear table over named features, and a network for what it leaves in doubt.

Each row of the table belongs to a feature, each column to a question: does the passage tell of
competition, partnership, ownership; which status; which subtype. Passages for which the linear
model sees any chance go on to the word network, and the two are averaged. Running it needs numpy alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.cascade import WordNetwork
from streams.articles.events.features import Features
from streams.articles.events.sequence import tokens
from streams.articles.events.status import negated, status_features
from streams.messages import SUBTYPES, EventType, Status, Subtype

RELATIONS = ("competition", "partnership", "ownership")
STATUSES: tuple[Status, ...] = ("asserted", "planned", "rumoured", "ended", "denied")
TYPES: tuple[EventType, ...] = ("competition", "partnership")
COLUMNS = (*RELATIONS, *STATUSES, *SUBTYPES["competition"], *SUBTYPES["partnership"])
DOUBT = -2.44  # log-odds of 8 %: below it in both types the word network is not asked
_NEGATED = 1_000.0
WORDS_SHARE = 0.6

Floats = npt.NDArray[np.float32]


@dataclass(slots=True)
class Scored:
    """A passage with its features, as rows of the model, and log-odds."""

    passage: Passage
    rows: list[int]
    linear: list[float]  # log-odds by RELATIONS of the linear model
    odds: list[float]  # and of the whole cascade
    calibrated: list[float]  # log-odds by TYPES that the event is right


def shipped_version() -> str:
    """Version of the shipped model, without reading the model."""
    with (
        as_file(files(__package__).joinpath("data/model.npz")) as path,
        np.load(path, allow_pickle=False) as stored,
    ):
        return str(stored["version"])


@dataclass(frozen=True)
class EventModel:
    """Weights of `len(vocabulary)` features for `COLUMNS`, and calibration by type.

    `calibration` holds for each of `TYPES` the slope and offset that turn log-odds into log-odds of
    a right event.
    """

    version: str
    vocabulary: Mapping[str, int]
    weights: Floats
    relations: Floats  # the columns of RELATIONS, on their own, and a last row of zeros
    calibration: Floats
    words: WordNetwork | None = None  # second judge
    described: Features[int] = field(init=False)  # rows of passages

    def __post_init__(self) -> None:
        """Begin to remember rows of features."""
        object.__setattr__(self, "described", Features(self.vocabulary.get))

    @classmethod
    def load(cls, path: Path | None = None) -> "EventModel":
        """Read the shipped model, or the one at `path`."""
        if path is None:
            with as_file(files(__package__).joinpath("data/model.npz")) as shipped:
                return cls.load(shipped).with_words(WordNetwork.load())
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        weights = arrays["weights"].astype(np.float32)
        return cls(
            str(arrays["version"]),
            _numbers(arrays["names"], 0),
            weights,
            np.pad(weights[:, : len(RELATIONS)], ((0, 1), (0, 0))),
            arrays["calibration"].astype(np.float32),
        )

    def with_words(self, words: WordNetwork) -> "EventModel":
        """The same model with the word network as second judge, and its calibration."""
        version = f"{self.version}+{words.version}"
        return replace(self, version=version, words=words, calibration=words.calibration)

    def judge(self, reading: Reading, found: Sequence[Passage]) -> list[Scored]:
        """Score the passages of an article, the doubtful ones twice."""
        if not found:
            return []
        rows = [self.described.of(reading, passage) for passage in found]
        longest, nothing = max(map(len, rows)), len(self.relations) - 1
        padded = [row + [nothing] * (longest - len(row)) for row in rows]
        linear: Floats = self.relations.take(padded, axis=0).sum(axis=1)
        odds = linear
        if self.words is not None:
            doubtful = np.flatnonzero(linear[:, : len(TYPES)].max(axis=1) >= DOUBT)
            if doubtful.size:
                second = self.words.judge(reading, [found[at] for at in doubtful.tolist()])
                odds = linear.copy()
                odds[doubtful] = (1 - WORDS_SHARE) * linear[doubtful] + WORDS_SHARE * second
        calibrated = self.calibration[:, 0] * odds[:, : len(TYPES)] + self.calibration[:, 1]
        numbers = linear.tolist(), odds.tolist(), calibrated.tolist()
        return list(map(Scored, found, rows, *numbers))

    def linear(self, rows: Sequence[int]) -> Floats:
        """Log-odds of every column for a passage with these features."""
        summed: Floats = self.weights.take(rows, axis=0).sum(axis=0, dtype=np.float32)
        return summed

    def status_odds(self, reading: Reading, passage: Passage, event: EventType) -> Floats:
        """Scores by `STATUSES` of an event of this type that the passage tells.

        A cue that is negated is a denial by rule, whatever else is said.
        """
        sequence = tokens(reading, passage)
        known = map(self.vocabulary.get, status_features(sequence, event))
        summed = self.linear([row for row in known if row is not None])
        first = COLUMNS.index(STATUSES[0])
        scores: Floats = summed[first : first + len(STATUSES)]
        if negated(sequence, event, reading.document.lang):
            scores[STATUSES.index("denied")] += _NEGATED
        return scores

    @cached_property
    def names(self) -> list[str]:
        """The features by row."""
        return sorted(self.vocabulary, key=self.vocabulary.__getitem__)

    def confidence(self, scored: Scored, event: EventType) -> float:
        """Chance that an event of this type, told by the passage, is right, 0 to 1."""
        return _chance(scored.calibrated[TYPES.index(event)])


def blended(quick: float, encoder: float, weights: tuple[float, float, float]) -> float:
    """Chance that an event is right, from the log-odds of the quick models and of the encoder."""
    offset, of_quick, of_encoder = weights
    return _chance(offset + of_quick * quick + of_encoder * encoder)


def _chance(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(odds, -30.0), 30.0)))


def _numbers(names: npt.NDArray[np.uint8], first: int) -> dict[str, int]:
    listed = bytes(names).decode("utf-8").split("\n")
    return {name: number + first for number, name in enumerate(listed)}


def save(
    path: Path,
    version: str,
    vocabulary: Mapping[str, int],
    weights: Floats,
    calibration: Floats,
) -> None:
    """Write a model; the same arguments give the same bytes."""
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "version": np.array(version),
        "names": _joined(vocabulary),
        "weights": weights.astype(np.float16),
        "calibration": calibration.astype(np.float32),
    }
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # stubs name only its options


def _joined(numbers: Mapping[str, int]) -> npt.NDArray[np.uint8]:
    text = "\n".join(sorted(numbers, key=numbers.__getitem__))
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)


def subtype(scores: Floats, event: EventType) -> Subtype:
    """The subtype with the highest score."""
    first = COLUMNS.index(SUBTYPES[event][0])
    options = SUBTYPES[event]
    return options[int(np.argmax(scores[first : first + len(options)]))]
