"""A linear-chain conditional random field over the runs of an article: which words name a company.

Weights come from `streams.training.companies`. All that a word type says at a place is summed once
and kept, so an article costs two gathers, a short sum and a forward-backward pass over all runs.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.article import ArticleView
from streams.articles.companies.features import PLACES, SLOT_BITS
from streams.articles.companies.judge import Judge
from streams.articles.companies.reader import Reader
from streams.articles.companies.spans import Array
from streams.articles.companies.vocabulary import MAX_TYPES

MODEL_FILE = Path(__file__).parent / "data" / "tagger.npz"
LABELS = ("O", "B-N", "I-N", "B-P", "I-P")
_LEAST_TOLD = -8.0
_PLACE_NUMBERS = np.arange(len(PLACES))[:, None]
_FAR = frozenset(("-3", "3", "before2", "after2"))
_MIDDLE = frozenset(("-2", "2", "before", "after"))
_MIDDLE_ATTRIBUTES = frozenset(("w", "s", "f", "k", "l", "title"))


def place_attributes(place: str, attributes: Iterable[str]) -> list[str]:
    """Features of a word type at one of `features.PLACES`; the further away, the fewer."""
    if place in _FAR:
        return [f"{place}:{a}" for a in attributes if a.startswith("w=")]
    if place in _MIDDLE:
        return [f"{place}:{a}" for a in attributes if a.partition("=")[0] in _MIDDLE_ATTRIBUTES]
    return [f"{place}:{a}" for a in attributes]


@dataclass(frozen=True, slots=True)
class TaggerModel:
    """Weights of word types [feature, label] and of slots [slot, label], transitions, the judge.

    Row 0 of `weights` is of unknown features. `cues` says of words how much more often they stand in
    a sentence with a company than with another name, as log odds. `card` says what the model was made of.
    """

    rows: dict[str, int]
    weights: Array
    slots: Array
    transitions: Array
    judge: Judge
    cues: dict[str, float]
    card: dict[str, Any]

    @classmethod
    def load(cls, path: Path = MODEL_FILE) -> "TaggerModel":
        """Read a model file; some hundredths of a second."""
        with np.load(path) as data:
            names = data["features"].tobytes().decode("utf-8").split("\n")
            scale = data["scale"].astype(np.float32)
            weights = np.vstack([np.zeros((1, len(LABELS)), np.float32), data["weights"] * scale])
            slots = np.zeros((1 << SLOT_BITS, len(LABELS)), np.float32)
            slots[data["slot_numbers"]] = data["slot_weights"] * scale
            return cls(
                rows={name: row for row, name in enumerate(names, start=1)},
                weights=weights,
                slots=slots,
                transitions=data["transitions"].astype(np.float32),
                judge=Judge.of(data["judge"].tolist()),
                cues=_cues(data["cue_words"], data["cue_weights"]),
                card=json.loads(data["card"].tobytes().decode("utf-8")),
            )

    def save(self, path: Path) -> None:
        """Write the model, the same bytes each time."""
        used = np.flatnonzero(np.abs(self.slots).max(axis=1))
        weights, slots = self.weights[1:], self.slots[used]
        scale = np.float32(max(np.abs(weights).max(), np.abs(slots).max()) / 32767)
        arrays = {
            "features": np.frombuffer("\n".join(self.rows).encode(), np.uint8),
            "weights": np.round(weights / scale).astype(np.int16),
            "slot_numbers": used.astype(np.uint32),
            "slot_weights": np.round(slots / scale).astype(np.int16),
            "scale": scale,
            "transitions": self.transitions,
            "judge": np.array((*self.judge.mention, *self.judge.weights), np.float64),
            "cue_words": np.frombuffer("\n".join(self.cues).encode(), np.uint8),
            "cue_weights": np.round(np.array(list(self.cues.values())) * 100).astype(np.int16),
            "card": np.frombuffer(json.dumps(self.card, sort_keys=True).encode(), np.uint8),
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, array in arrays.items():
                info = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(info, "w") as file:
                    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


def _cues(words: NDArray[np.uint8], weights: NDArray[np.int16]) -> dict[str, float]:
    names = words.tobytes().decode("utf-8").split("\n")
    return dict(zip(names, (weights / 100).tolist(), strict=True))


class Tagger:
    """Marginal probabilities of `LABELS` for every word of every run."""

    def __init__(self, model: TaggerModel, reader: Reader) -> None:
        self.model = model
        self.reader = reader
        self._tables: dict[str, tuple[Array, NDArray[np.bool_]]] = {}
        self._chain = np.exp(model.transitions)
        # Few slots have a weight: theirs lie together, row 0 is of all others.
        used = np.flatnonzero(model.slots.any(axis=1))
        self._slots: Array = np.concatenate(
            [np.zeros((1, len(LABELS)), np.float32), model.slots[used]]
        )
        # Where the weights of each attribute of a word type lie, by place.
        self._attributes: dict[str, int] = {}
        for name in model.rows:
            self._attributes.setdefault(name.partition(":")[2], len(self._attributes))
        self._feature_rows = np.zeros((len(self._attributes), len(PLACES)), np.int64)
        numbers = {place: number for number, place in enumerate(PLACES)}
        for name, row in model.rows.items():
            place, _, attribute = name.partition(":")
            if place_attributes(place, [attribute]):
                self._feature_rows[self._attributes[attribute], numbers[place]] = row
        self._slot_rows = np.zeros(len(model.slots), np.int32)
        self._slot_rows[used] = np.arange(1, len(used) + 1)
        self.most_types = MAX_TYPES

    def marginals(self, article: ArticleView, scores: Array) -> Array:
        """Probabilities [word, label] for the words of all runs, from their `scores`."""
        if not len(scores):
            return scores
        return forward_backward(scores, article.lengths, self._chain)

    def marginals_with(
        self,
        article: ArticleView,
        scores: Array,
        names: Mapping[str, Array],
        own: float,
        of_names: float,
    ) -> Array:
        """The same, with what the encoder says of each word of each field; two weights."""
        if not len(scores):
            return scores
        told = [
            names[view.field.name][run.start : run.end]
            for view in article.fields
            for run in article.runs(view)
        ]
        scores = own * scores
        scores += of_names * np.maximum(np.concatenate(told), _LEAST_TOLD)
        chain = np.power(self._chain, np.float32(own))
        return forward_backward(scores, article.lengths, chain)

    def scores(self, article: ArticleView) -> Array:
        """What the weights say [word, label] of the words of all runs, title first."""
        if not article.places.size:
            return np.zeros((0, len(LABELS)), np.float32)
        table = self._table(article)
        cells = article.places * len(PLACES) + _PLACE_NUMBERS
        scores: Array = np.add.reduce(table.reshape(-1, len(LABELS)).take(cells, axis=0), axis=0)
        slots = self._slot_rows.take(article.slots.astype(np.int64))
        scores += np.add.reduce(self._slots.take(slots, axis=0), axis=0)
        return scores

    def _table(self, article: ArticleView) -> Array:
        """What each word type says at each place, with all rows that the article needs."""
        size = len(self.reader.vocabulary.facts)
        table, filled = self._tables.get(article.lang, (None, None))
        if table is None or filled is None or len(table) < size:
            bigger = np.zeros((size, len(PLACES), len(LABELS)), np.float32)
            more = np.zeros(size, np.bool_)
            if table is not None and filled is not None:
                bigger[: len(table)], more[: len(table)] = table, filled
            table, filled = bigger, more
            self._tables[article.lang] = (table, filled)
        ready = filled.take(article.places)
        if not ready.all():
            known, weights = self._attributes, self.model.weights
            attributes = self.reader.vocabulary.attributes
            for row in np.unique(article.places[~ready]).tolist():
                found = [known[a] for a in attributes(row, article.lang) if a in known]
                table[row] = weights.take(self._feature_rows.take(found, axis=0), axis=0).sum(
                    axis=0
                )
                filled[row] = True
        return table

    def forget_if_full(self) -> None:
        """Start the memory of word types anew when it has grown to its limit."""
        if len(self.reader.vocabulary.types) > self.most_types:
            self.reader.vocabulary.clear()
            # The tables stay: to let megabytes go and take them anew makes memory rise and fall for hours.
            for _, filled in self._tables.values():
                filled.fill(False)


def forward_backward(scores: Array, lengths: NDArray[np.int64], chain: Array) -> Array:
    """Marginals of independent chains that lie one after the other in `scores` [word, label]."""
    potentials: Array = np.exp(scores - np.maximum.reduce(scores, axis=1, keepdims=True))
    longest = int(lengths.max())
    if longest == 1:
        alone: Array = potentials / _sums(potentials)
        return alone
    # The first words of all chains together, then the second ones: a step works on one block.
    order = np.argsort(-lengths, kind="stable")
    offsets = (np.cumsum(lengths) - lengths)[order]
    alive = (len(lengths) - np.cumsum(np.bincount(lengths)))[:longest].tolist()
    places = np.concatenate([offsets[:count] + step for step, count in enumerate(alive)])
    blocks = np.cumsum([0, *alive]).tolist()
    inside = potentials.take(places, axis=0)
    forward = inside.copy()
    backward = np.ones_like(inside)
    for step in range(1, longest):
        begin, end, before = blocks[step], blocks[step + 1], blocks[step - 1]
        current = (forward[before : before + end - begin] @ chain) * inside[begin:end]
        np.divide(current, _sums(current), out=forward[begin:end])
    turned = chain.T
    for step in range(longest - 1, 0, -1):
        begin, end, before = blocks[step], blocks[step + 1], blocks[step - 1]
        later = (backward[begin:end] * inside[begin:end]) @ turned
        np.divide(later, _sums(later), out=backward[before : before + end - begin])
    forward *= backward
    joint = np.empty_like(forward)
    joint[places] = forward / _sums(forward)
    return joint


def _sums(rows: NDArray[Any]) -> NDArray[Any]:
    sums: NDArray[Any] = np.add.reduce(rows, axis=1, keepdims=True)
    return sums
