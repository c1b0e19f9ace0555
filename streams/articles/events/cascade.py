"""The word network: a small convolutional network over the words of a passage and their places.

Its word vectors are fixed and common to English and French, so that what is learned of a word
serves for its neighbours in either language. Trained elsewhere; here are its weights and the
arithmetic, in numpy. A passage of n tokens costs n times a constant.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.wording import Wording, circumstances, wording

Floats = npt.NDArray[np.float32]
Wholes = npt.NDArray[np.intp]

MARKERS = 5
SEGMENTS = 4
MIDDLE = 12  # number of the place of a company itself
_EDGES = np.array([7, 9, 12, 16, 24])
_UNKNOWN = 1
_LEAST_PREFIX = 5
_MAX_ENDING = 4
STEPS = (1, 2, 4)
_GAP = STEPS[-1]
_MOST_SEEN = 20_000


class Words:
    """Numbers of word forms: the word itself, else the nearest that shares its beginning.

    Args:
        forms: known forms in lower case and in code-point order; the first has number 2.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        self.forms = list(forms)
        self._numbers = {form: number + 2 for number, form in enumerate(self.forms)}
        self._seen = {"": 0}

    def number(self, word: str) -> int:
        """Number of a word (any case), 1 where nothing near is known, 0 for no word."""
        number = self._seen.get(word)
        if number is None:
            number = self._find(word)
            if len(self._seen) >= _MOST_SEEN:
                self._seen = {"": 0}
            self._seen[word] = number
        return number

    def _find(self, word: str) -> int:
        low = word.lower()
        found = self._numbers.get(low)
        if found is not None:
            return found
        return self._near(low) if word[0].islower() else _UNKNOWN

    def _near(self, low: str) -> int:
        """The form that shares the longest beginning, if only an ending differs."""
        at = bisect_left(self.forms, low)
        best, shared = _UNKNOWN, _LEAST_PREFIX - 1
        for place in (at - 1, at):
            if 0 <= place < len(self.forms):
                form = self.forms[place]
                length = _shared(form, low)
                if length > shared and max(len(form), len(low)) - length <= _MAX_ENDING:
                    best, shared = place + 2, length
        return best


def _shared(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


@dataclass(frozen=True, slots=True)
class Coded:
    """Passages as numbers, each array (passages, tokens); 0 is padding in `kind` and `region`."""

    label: Wholes
    word: Wholes
    kind: Wholes  # segment and marker
    left: Wholes  # place from the left company
    right: Wholes
    region: Wholes  # 1 before the pair, 2 from one to the other, 3 after it

    def parts(self) -> tuple[Wholes, ...]:
        """The arrays in the order of their names above."""
        return self.label, self.word, self.kind, self.left, self.right, self.region


@dataclass(frozen=True, slots=True)
class _Strip:
    """Passages one behind the other, `_GAP` rows of padding before and after each.

    `parts` holds the arrays of `Coded` as rows; `first` and `size` say where a passage lies, `left`
    and `right` where its companies do (whichever rows, if the passage was cut before them).
    """

    parts: Wholes
    first: Wholes
    size: Wholes
    left: Wholes
    right: Wholes


def _strip(labels: Mapping[str, int], words: Words, passages: Sequence[Wording]) -> _Strip:
    size = np.array([len(p.tokens) for p in passages], np.intp)
    first = np.cumsum(size + _GAP) - size
    parts = np.zeros((6, int((size + _GAP).sum()) + _GAP), np.intp)
    tokens = [t for p in passages for t in p.tokens]
    steps = np.arange(len(tokens)) - np.repeat(np.cumsum(size) - size, size)
    rows = np.repeat(first, size) + steps
    number, known = words.number, labels.get
    parts[:3, rows] = np.array(
        [
            [known(t.label, _UNKNOWN) for t in tokens],
            [number(t.word) for t in tokens],
            [t.segment * MARKERS + t.marker + 1 for t in tokens],
        ],
        np.intp,
    )
    left, right = np.array([(p.left, p.right) for p in passages], np.intp).T
    x, y = np.repeat(left, size), np.repeat(right, size)
    parts[3:5, rows] = _place(np.stack((steps - x, steps - y)))
    parts[5, rows] = 2 - (steps < np.minimum(x, y)) + (steps > np.maximum(x, y))
    return _Strip(parts, first, size, left, right)


def encode(labels: Mapping[str, int], words: Words, passages: Sequence[Wording]) -> Coded:
    """Passages of words as arrays."""
    shape = (6, len(passages), max((len(p.tokens) for p in passages), default=1))
    coded = np.zeros(shape, np.intp)
    if passages:
        strip = _strip(labels, words, passages)
        for row, (first, size) in enumerate(zip(strip.first, strip.size, strict=True)):
            coded[:, row, :size] = strip.parts[:, first : first + size]
    return Coded(*coded)


def _place(distance: Wholes) -> Wholes:
    """A distance in tokens as one of 25 numbers, exact near the company, coarse far from it."""
    size = np.abs(distance)
    coarse = np.where(size < 7, size, 7 + np.searchsorted(_EDGES, size, side="right") - 1)
    placed: Wholes = MIDDLE + np.sign(distance) * coarse
    return placed


@dataclass(frozen=True, slots=True)
class WordNetwork:
    """Weights; `score` gives log-odds of (competition, partnership, ownership)."""

    version: str
    labels: Mapping[str, int]
    words: Words
    vectors: npt.NDArray[np.int8]  # (words + 2, size)
    calibration: Floats  # as `model.EventModel.calibration`
    parts: Mapping[str, Floats]

    @classmethod
    def load(cls, path: Path | None = None) -> "WordNetwork":
        """Read the shipped network, or the one at `path`."""
        if path is None:
            with as_file(files(__package__).joinpath("data/cascade.npz")) as shipped:
                return cls.load(shipped)
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        version = str(arrays.pop("version"))
        labels = bytes(arrays.pop("label_names")).decode("utf-8").split("\n")
        words = Words(bytes(arrays.pop("word_forms")).decode("utf-8").split("\n"))
        vectors = arrays.pop("vectors")
        calibration = arrays.pop("calibration").astype(np.float32)
        parts = {name: value.astype(np.float32) for name, value in arrays.items()}
        numbers = {name: number + 2 for number, name in enumerate(labels)}
        return cls(version, numbers, words, vectors, calibration, parts)

    def judge(self, reading: Reading, passages: Sequence[Passage]) -> Floats:
        """Log-odds (passages, 3) of the passages of an article."""
        numbers = np.array([circumstances(reading, p) for p in passages], np.float32)
        return self.score([wording(reading, p) for p in passages], numbers)

    def score(self, passages: Sequence[Wording], numbers: Floats) -> Floats:
        """Log-odds (passages, 3); `numbers` is (passages, circumstances)."""
        strip = _strip(self.labels, self.words, passages)
        label, word, kind, left, right, region = strip.parts
        part = self.parts
        padding = np.flatnonzero(kind == 0)
        state: Floats = self.vectors.take(word, axis=0).astype(np.float32) @ part["project"]
        for name, row in (("label", label), ("kind", kind), ("left", left), ("right", right)):
            state += part[name].take(row, axis=0)
        state -= _means(state)
        state /= np.sqrt(_means(state * state) + 1e-5)
        state *= part["norm.weight"]
        state += part["norm.bias"]
        state[padding] = 0.0
        rows, width = state.shape
        near = np.zeros((rows, 3 * width), np.float32)
        for layer, step in enumerate(STEPS):
            near[step:, :width] = state[:-step]
            near[:, width:-width] = state
            near[:-step, -width:] = state[step:]
            grown = near @ part[f"c{layer}.weight"]
            grown += part[f"c{layer}.bias"]
            np.maximum(grown, 0.0, out=grown)
            state += grown
            state[padding] = 0.0
        pools = _pools(state, region, strip)
        for place in (strip.left, strip.right):
            inside = (place < strip.size)[:, None]
            pools.append(state[np.where(place < strip.size, strip.first + place, 0)] * inside)
        joined = np.concatenate([*pools, numbers], axis=1)
        hidden = np.maximum(joined @ part["o1.weight"] + part["o1.bias"], 0.0)
        scored: Floats = hidden @ part["o2.weight"] + part["o2.bias"]
        return scored


def _means(rows: Floats) -> Floats:
    """The mean of each row, as a column."""
    sums: Floats = np.add.reduce(rows, axis=1, keepdims=True)
    sums /= rows.shape[1]
    return sums


def _pools(state: Floats, region: Wholes, strip: _Strip) -> list[Floats]:
    """Greatest value of each passage over its three regions in order, 0 over an empty one."""
    starts = np.flatnonzero(np.diff(region, prepend=0))
    tops = np.maximum.reduceat(state, starts, axis=0)
    of = np.searchsorted(strip.first, starts, side="right") - 1
    pools = []
    for number in (1, 2, 3):
        mine = region[starts] == number
        pool = np.zeros((len(strip.size), state.shape[1]), np.float32)
        pool[of[mine]] = tops[mine]
        pools.append(pool)
    return pools
