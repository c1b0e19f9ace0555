"""The second judge: a small convolutional network over the classes of a passage.

Trained elsewhere; here are its weights and the arithmetic, in numpy. It sees only passages that the
linear model does not settle. A sequence of n tokens costs n times a constant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.articles.events.sequence import MAX_TOKENS, anchors

REACH = 20
_UNKNOWN = 1
Floats = npt.NDArray[np.float32]
Wholes = npt.NDArray[np.intp]
Coded = tuple[Wholes, Wholes, Wholes, Wholes]


@dataclass(frozen=True, slots=True)
class _Layer:
    """A convolution of width three: `weight` is (3 * inputs, outputs)."""

    weight: Floats
    bias: Floats
    step: int

    def __call__(self, state: Floats) -> Floats:
        near = np.concatenate([_shifted(state, self.step * (1 - k)) for k in range(3)], axis=2)
        result: Floats = np.maximum(near @ self.weight + self.bias, 0.0)
        return result


@dataclass(frozen=True, slots=True)
class Network:
    """Weights of one network; `score` gives log-odds of (competition, partnership, ownership)."""

    labels: Mapping[str, int]
    tables: tuple[Floats, Floats, Floats]  # of labels, places from the left, places from the right
    layers: tuple[_Layer, _Layer, _Layer]
    hidden: tuple[Floats, Floats]
    last: tuple[Floats, Floats]

    @classmethod
    def build(cls, labels: Mapping[str, int], stored: Mapping[str, Floats]) -> "Network":
        """From arrays as the training writes them."""
        tables = tuple(stored[name].copy() for name in ("labels", "left", "right"))
        for table in tables:
            table[0] = 0.0
        layers = tuple(
            _Layer(
                np.concatenate([stored[f"{name}.weight"][:, :, k].T for k in range(3)]),
                stored[f"{name}.bias"],
                step,
            )
            for name, step in (("c1", 1), ("c2", 2), ("c3", 4))
        )
        ends = [
            (np.ascontiguousarray(stored[f"{name}.weight"].T), stored[f"{name}.bias"])
            for name in ("o1", "o2")
        ]
        return cls(
            labels,
            (tables[0], tables[1], tables[2]),
            (layers[0], layers[1], layers[2]),
            ends[0],
            ends[1],
        )

    def score(self, sequences: Sequence[list[str]], circumstances: Sequence[list[float]]) -> Floats:
        """Log-odds (passages, 3)."""
        label, left, right, region = encode(self.labels, sequences)
        mask = (label > 0)[:, :, None]
        coded = zip(self.tables, (label, left, right), strict=True)
        state = self.layers[0](np.concatenate([table[at] for table, at in coded], axis=2)) * mask
        for layer in self.layers[1:]:
            state = (state + layer(state)) * mask
        pools = [_pool(state, region == k) for k in (1, 2, 3)]
        pools += [_pool(state, left == REACH + 1), _pool(state, right == REACH + 1)]
        pools.append(np.array(circumstances, dtype=np.float32))
        joined = np.concatenate(pools, axis=1)
        hidden = np.maximum(joined @ self.hidden[0] + self.hidden[1], 0.0)
        scored: Floats = hidden @ self.last[0] + self.last[1]
        return scored


def encode(labels: Mapping[str, int], sequences: Sequence[list[str]]) -> Coded:
    """Label, place from the left and from the right company, and region, each (passages, tokens).

    Places count from 1 to `2 * REACH + 1` with the company itself at `REACH + 1`; regions are 1
    before the pair, 2 from one to the other, 3 after it; 0 is padding everywhere.
    """
    shape = (len(sequences), min(MAX_TOKENS, max(map(len, sequences), default=1)))
    label = np.zeros(shape, np.intp)
    left = np.zeros(shape, np.intp)
    right = np.zeros(shape, np.intp)
    region = np.zeros(shape, np.intp)
    for row, sequence in enumerate(sequences):
        size = min(len(sequence), shape[1])
        x, y = anchors(sequence)
        places = np.arange(size)
        label[row, :size] = [labels.get(token, _UNKNOWN) for token in sequence[:size]]
        left[row, :size] = np.clip(places - x, -REACH, REACH) + REACH + 1
        right[row, :size] = np.clip(places - y, -REACH, REACH) + REACH + 1
        low, high = min(x, y), max(x, y)
        region[row, :size] = np.where(places < low, 1, np.where(places > high, 3, 2))
    return label, left, right, region


def _shifted(state: Floats, shift: int) -> Floats:
    """The states moved by so many tokens, zeros where none come in."""
    if shift == 0:
        return state
    moved = np.zeros_like(state)
    width = state.shape[1]
    if 0 < shift < width:
        moved[:, shift:] = state[:, : width - shift]
    elif 0 < -shift < width:
        moved[:, :shift] = state[:, -shift:]
    return moved


def _pool(state: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Greatest value over the marked places, 0 where none is marked (states are not negative)."""
    pooled: Floats = (state * where[:, :, None]).max(axis=1)
    return pooled
