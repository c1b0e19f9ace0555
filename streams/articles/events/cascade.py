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


class Words:
    """Numbers of word forms: the word itself, else the nearest that shares its beginning.

    Args:
        forms: known forms in lower case and in code-point order; the first has number 2.
    """

    def __init__(self, forms: Sequence[str]) -> None:
        self.forms = list(forms)
        self._numbers = {form: number + 2 for number, form in enumerate(self.forms)}

    def number(self, word: str) -> int:
        """Number of a word (any case), 1 where nothing near is known, 0 for no word."""
        if not word:
            return 0
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


def encode(labels: Mapping[str, int], words: Words, passages: Sequence[Wording]) -> Coded:
    """Passages of words as arrays."""
    shape = (len(passages), max((len(p.tokens) for p in passages), default=1))
    label, word, kind = (np.zeros(shape, np.intp) for _ in range(3))
    left, right, region = (np.zeros(shape, np.intp) for _ in range(3))
    for row, passage in enumerate(passages):
        size = len(passage.tokens)
        places = np.arange(size)
        tokens = passage.tokens
        label[row, :size] = [labels.get(t.label, _UNKNOWN) for t in tokens]
        word[row, :size] = [words.number(t.word) for t in tokens]
        kind[row, :size] = [t.segment * MARKERS + t.marker + 1 for t in tokens]
        left[row, :size] = _place(places - passage.left)
        right[row, :size] = _place(places - passage.right)
        low, high = sorted((passage.left, passage.right))
        region[row, :size] = np.where(places < low, 1, np.where(places > high, 3, 2))
    return Coded(label, word, kind, left, right, region)


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
        coded = encode(self.labels, self.words, passages)
        part = self.parts
        mask = (coded.kind > 0)[:, :, None].astype(np.float32)
        state = self.vectors[coded.word].astype(np.float32) @ part["project"]
        state += part["label"][coded.label]
        state += part["kind"][coded.kind]
        state += part["left"][coded.left]
        state += part["right"][coded.right]
        state -= state.mean(axis=2, keepdims=True)
        state /= np.sqrt((state * state).mean(axis=2, keepdims=True) + 1e-5)
        state = (state * part["norm.weight"] + part["norm.bias"]) * mask
        for layer, step in enumerate(STEPS):
            near = np.concatenate([_shifted(state, step), state, _shifted(state, -step)], axis=2)
            grown = near @ part[f"c{layer}.weight"] + part[f"c{layer}.bias"]
            state = (state + np.maximum(grown, 0.0)) * mask
        pools = [_pool(state, coded.region == k) for k in (1, 2, 3)]
        for place in (coded.left, coded.right):
            pools.append((state * (place == MIDDLE)[:, :, None]).sum(axis=1))
        joined = np.concatenate([*pools, numbers], axis=1)
        hidden = np.maximum(joined @ part["o1.weight"] + part["o1.bias"], 0.0)
        scored: Floats = hidden @ part["o2.weight"] + part["o2.bias"]
        return scored


def _shifted(state: Floats, shift: int) -> Floats:
    moved = np.zeros_like(state)
    width = state.shape[1]
    if abs(shift) >= width:
        return moved
    if shift > 0:
        moved[:, shift:] = state[:, : width - shift]
    else:
        moved[:, :shift] = state[:, -shift:]
    return moved


def _pool(state: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Greatest value over the marked places, 0 where none is marked."""
    marked = where[:, :, None]
    top = np.where(marked, state, -np.inf).max(axis=1)
    pooled: Floats = np.where(np.isfinite(top), top, 0.0).astype(np.float32)
    return pooled
