"""Vectors of the pieces, kept in four bits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streams.articles.encoder.reading import Floats

BLOCK = 32  # numbers of a vector that share a scale


@dataclass(frozen=True, slots=True)
class Vectors:
    """Vectors of the pieces, in four bits: 32 numbers share a scale."""

    codes: npt.NDArray[np.uint8]  # (pieces, size / 2)
    scales: npt.NDArray[np.float16]  # (pieces, size / 32)

    def of(self, pieces: Sequence[int]) -> Floats:
        """One row for each piece."""
        codes = self.codes[pieces].reshape(len(pieces), -1, BLOCK // 2)
        return unpacked(codes, self.scales[pieces]).reshape(len(pieces), -1)


def unpacked(codes: npt.NDArray[np.uint8], scales: npt.NDArray[np.float16]) -> Floats:
    """The numbers of blocks in four bits: (..., blocks, 16) codes and (..., blocks) scales."""
    numbers = np.concatenate([codes & 15, codes >> 4], axis=-1).astype(np.float32) - 8.0
    scaled: Floats = numbers * scales.astype(np.float32)[..., None]
    return scaled
