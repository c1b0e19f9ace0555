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


@dataclass(frozen=True, slots=True)
class Network:
    """Weights of one network; `score` gives log-odds of (competition, partnership, ownership).

    The embeddings are folded into the first layer: `first[k][label]` is what a label adds to the
    outputs of the word before it, of itself and of the word after it (k = 0, 1, 2).
    """

    labels: Mapping[str, int]
    first: Floats  # (3, labels, outputs)
    to_left: Floats  # (3, positions, outputs)
    to_right: Floats
    bias: Floats
    layers: tuple[_Layer, ...]
    hidden: tuple[Floats, Floats]
    last: tuple[Floats, Floats]

    @classmethod
    def build(cls, labels: Mapping[str, int], stored: Mapping[str, Floats]) -> "Network":
        """From arrays as the training writes them."""
        table, left, right = stored["labels"], stored["left"], stored["right"]
        kernel = stored["c1.weight"]  # (outputs, inputs, 3)
        sizes = np.cumsum([table.shape[1], left.shape[1]])
        parts = np.split(kernel, sizes, axis=1)
        folded = [
            np.stack([matrix @ part[:, :, k].T for k in range(3)]).astype(np.float32)
            for matrix, part in zip((table, left, right), parts, strict=True)
        ]
        for part in folded:
            part[:, 0] = 0.0
        layers = tuple(
            _Layer(
                np.concatenate([stored[f"{name}.weight"][:, :, k].T for k in range(3)]),
                stored[f"{name}.bias"],
                step,
            )
            for name, step in (("c2", 2), ("c3", 4))
        )
        return cls(
            labels,
            folded[0],
            folded[1],
            folded[2],
            stored["c1.bias"],
            layers,
            (np.ascontiguousarray(stored["o1.weight"].T), stored["o1.bias"]),
            (np.ascontiguousarray(stored["o2.weight"].T), stored["o2.bias"]),
        )

    def score(self, sequences: Sequence[list[str]], circumstances: Sequence[list[float]]) -> Floats:
        """Log-odds (passages, 3)."""
        label, left, right, region = encode(self.labels, sequences)
        mask = (label > 0)[:, :, None]
        summed = np.zeros((*label.shape, self.bias.shape[0]), np.float32)
        width = label.shape[1]
        for k in range(3):
            part = self.first[k][label] + self.to_left[k][left] + self.to_right[k][right]
            _add_shifted(summed, part, 1 - k, width)
        state = np.maximum(summed + self.bias, 0.0) * mask
        for layer in self.layers:
            near = np.concatenate([_shifted(state, layer.step * (1 - k)) for k in range(3)], axis=2)
            state = (state + np.maximum(near @ layer.weight + layer.bias, 0.0)) * mask
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


def _add_shifted(total: Floats, part: Floats, shift: int, width: int) -> None:
    if shift == 0:
        total += part
    elif shift > 0:
        total[:, shift:] += part[:, : width - shift]
    else:
        total[:, :shift] += part[:, -shift:]


def _shifted(state: Floats, shift: int) -> Floats:
    moved = np.zeros_like(state)
    width = state.shape[1]
    if abs(shift) < width:
        _add_shifted(moved, state, shift, width)
    return moved


def _pool(state: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    """Greatest value over the marked places, 0 where none is marked (states are not negative)."""
    pooled: Floats = (state * where[:, :, None]).max(axis=1)
    return pooled
