"""A linear-chain conditional random field over the runs of an article: which words name a company.

Weights come from `streams.training.companies`. All that a word type says at a place is summed once
and kept, so an article costs one gather, a short sum and a forward-backward pass over all runs at once.
"""

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies import features as F
from streams.articles.companies.features import CENTRE, PLACES, ArticleView, FieldView, Reader, Run

MODEL_FILE = Path(__file__).parent / "data" / "tagger.npz"
LABELS = ("O", "B-N", "I-N", "B-P", "I-P")
_AT = {"-3": "w", "3": "w", "before2": "w", "after2": "w"}
_NEAR = frozenset(("w", "s", "f", "k", "l", "title"))
MAX_TYPES = 60_000

Array = NDArray[np.float32]


def place_attributes(place: str, attributes: Iterable[str]) -> list[str]:
    """Features of a word type at one of `features.PLACES`; the further away, the fewer."""
    if place in _AT:
        return [f"{place}:{a}" for a in attributes if a.startswith("w=")]
    if place in ("-2", "2", "before", "after"):
        return [f"{place}:{a}" for a in attributes if a.partition("=")[0] in _NEAR]
    return [f"{place}:{a}" for a in attributes]


@dataclass(frozen=True, slots=True)
class TaggerModel:
    """Weights [feature, label], transitions [label, label], and what they were made of."""

    rows: dict[str, int]
    weights: Array
    transitions: Array
    card: dict[str, Any]

    @classmethod
    def load(cls, path: Path = MODEL_FILE) -> "TaggerModel":
        """Read a model file; some hundredths of a second."""
        with np.load(path) as data:
            names = data["features"].tobytes().decode("utf-8").split("\n")
            weights = data["weights"].astype(np.float32) * data["scale"].astype(np.float32)
            transitions = data["transitions"].astype(np.float32)
            card = json.loads(data["card"].tobytes().decode("utf-8"))
        rows = {name: row for row, name in enumerate(names, start=1)}
        return cls(
            rows, np.vstack([np.zeros((1, len(LABELS)), np.float32), weights]), transitions, card
        )

    def save(self, path: Path) -> None:
        """Write the model, the same bytes each time."""
        weights = self.weights[1:]
        scale = np.float32(np.abs(weights).max() / 32767 if weights.size else 1)
        arrays = {
            "features": np.frombuffer("\n".join(self.rows).encode(), np.uint8),
            "weights": np.round(weights / scale).astype(np.int16),
            "scale": scale,
            "transitions": self.transitions,
            "card": np.frombuffer(json.dumps(self.card, sort_keys=True).encode(), np.uint8),
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, array in arrays.items():
                info = zipfile.ZipInfo(f"{name}.npy", (2020, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(info, "w") as file:
                    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)


class Tagger:
    """Marginal probabilities of `LABELS` for every word of every run."""

    def __init__(self, model: TaggerModel, reader: Reader) -> None:
        self.model = model
        self.reader = reader
        self._tables: dict[str, tuple[dict[str, int], Array]] = {}
        self._chain = np.exp(model.transitions)

    def _row(self, lang: str, word: F.Word) -> int:
        """Row of a word type in the table of its language, made when first met."""
        index, table = self._tables[lang]
        row = len(index) + 1
        if row >= len(table):
            bigger = np.zeros((min(2 * len(table), MAX_TYPES + 2), *table.shape[1:]), np.float32)
            bigger[: len(table)] = table
            table = bigger
            self._tables[lang] = (index, table)
        self._fill(table[row], self.reader.attributes(word, lang))
        index[word.text] = row
        return row

    def _fill(self, cells: Array, attributes: list[str]) -> None:
        rows, weights = self.model.rows, self.model.weights
        for at, place in enumerate(PLACES):
            found = [rows[a] for a in place_attributes(place, attributes) if a in rows]
            cells[at] = weights[found].sum(axis=0)

    def _table(self, lang: str) -> dict[str, int]:
        if lang not in self._tables or len(self._tables[lang][0]) > MAX_TYPES - 10_000:
            table = np.zeros((1024, len(PLACES), len(LABELS)), np.float32)
            self._fill(table[0], ["w=none"])
            self._tables[lang] = ({}, table)
        return self._tables[lang][0]

    def marginals(self, article: ArticleView) -> list[list[tuple[Run, Array]]]:
        """For each field its runs with probabilities [word, label]."""
        lang = article.lang
        index = self._table(lang)
        rows: list[list[int]] = []
        extra: list[list[int]] = []
        known = self.model.rows
        runs: list[tuple[int, Run]] = []
        for number, view in enumerate(article.fields):
            ids = [index.get(w.text) or self._row(lang, w) for w in view.words]
            ids.append(0)
            matches = F.matches_by_word(view)
            for run in view.runs:
                runs.append((number, run))
                for place in F.positions(view, run):
                    rows.append([ids[p] for p in place])
                for features in F.token_features(article, view, run, matches):
                    extra.append([known.get(f, 0) for f in features])
        result: list[list[tuple[Run, Array]]] = [[], []]
        if not rows:
            return result
        table = self._tables[lang][1]
        scores = table[np.array(rows), np.arange(len(PLACES))].sum(axis=1)
        width = max(map(len, extra))
        padded = np.array([e + [0] * (width - len(e)) for e in extra])
        scores += self.model.weights[padded].sum(axis=1)
        lengths = np.array([run.end - run.start for _, run in runs])
        for (number, run), probabilities in zip(
            runs, forward_backward(scores, lengths, self._chain), strict=True
        ):
            result[number].append((run, probabilities))
        return result


def forward_backward(scores: Array, lengths: NDArray[np.intp], chain: Array) -> list[Array]:
    """Marginals of independent chains that lie one after the other in `scores` [word, label]."""
    potentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    offsets = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    order = np.argsort(-lengths, kind="stable")
    longest = int(lengths.max())
    forward = np.empty_like(potentials)
    backward = np.ones_like(potentials)
    current = np.empty((0, 0), np.float32)
    alive_at = [order[: int((lengths > step).sum())] for step in range(longest)]
    for step, alive in enumerate(alive_at):
        at = offsets[alive] + step
        current = potentials[at] if step == 0 else (current[: len(alive)] @ chain) * potentials[at]
        current = current / current.sum(axis=1, keepdims=True)
        forward[at] = current
    for step in range(longest - 2, -1, -1):
        alive = alive_at[step + 1]
        at = offsets[alive] + step
        later = (backward[at + 1] * potentials[at + 1]) @ chain.T
        backward[at] = later / later.sum(axis=1, keepdims=True)
    joint = forward * backward
    joint /= joint.sum(axis=1, keepdims=True)
    return [joint[o : o + n] for o, n in zip(offsets, lengths, strict=True)]
