"""The encoder: one reading of the whole article for what it tells of each pair of its companies.

Twelve layers of multilingual-e5-small were cut to eight and trained on annotated news. It is asked where
the quick models see any chance of an event.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from streams.articles.document import Document
from streams.articles.encoder.names import Names, session
from streams.articles.encoder.pieces import Pieces
from streams.articles.encoder.reading import Blend, Floats, PairReading
from streams.articles.encoder.vectors import Vectors
from streams.articles.encoder.window import Naming, namings, windows
from streams.messages import Company

SHIPPED = Path(__file__).parent / "data"
RELATIONS = 3  # of `events.model.RELATIONS`

Wholes = npt.NDArray[np.int64]


class Encoder:
    """Weights and vocabulary, loaded once; `open` starts the reading of an article."""

    def __init__(self, folder: Path) -> None:
        self.pieces, self.vectors, self.version = vocabulary(folder)
        self.blend = msgspec.json.decode((folder / "blend.json").read_bytes(), type=Blend)
        self.network = session(folder / "encoder.onnx")
        self.names = Names(folder, self.pieces, self.vectors)

    @classmethod
    def load(cls) -> "Encoder":
        """The shipped encoder; some tenths of a second."""
        return cls(SHIPPED)

    def open(self, document: Document) -> "Encoded":
        """The article, not yet read: nothing is computed before it is asked for."""
        return Encoded(self, document)


def vocabulary(folder: Path) -> tuple[Pieces, Vectors, str]:
    """The pieces of a folder, their vectors, and the version of what lies there."""
    with np.load(folder / "pieces.npz", allow_pickle=False) as stored:
        names = bytes(stored["pieces"]).decode("utf-8").split("\n")
        pieces = Pieces(names, stored["scores"].tolist())
        return pieces, Vectors(stored["codes"], stored["scales"]), str(stored["version"])


class Encoded:
    """An article as the encoder reads it."""

    def __init__(self, encoder: Encoder, document: Document) -> None:
        self._encoder = encoder
        self._document = document

    @property
    def blend(self) -> Blend:
        """How to weigh what it says."""
        return self._encoder.blend

    def relations(
        self, companies: Sequence[Company], doubtful: Collection[tuple[int, int]]
    ) -> dict[tuple[int, int], PairReading]:
        """What is told of each pair (by number, the lower first) in windows that name a doubtful one."""
        found: dict[tuple[int, int], PairReading] = {}
        for window in windows(self._document, self._encoder.pieces):
            named = namings(self._document, window, companies)
            here = {naming.company for naming in named}
            if not any(a in here and b in here for a, b in doubtful):
                continue
            vectors = self._encoder.vectors.of(window.pieces)
            pairs = [(a, b) for a in range(len(named)) for b in range(a + 1, len(named))]
            odds, status = self._encoder.network.run(None, marked(vectors, named, pairs))
            for (a, b), told, how in zip(pairs, odds, status, strict=True):
                pair = named[a].company, named[b].company
                before = found.get(pair)
                found[pair] = (
                    PairReading(told, how) if before is None else _surer(before, told, how)
                )
        return found


def _surer(before: PairReading, odds: Floats, status: Floats) -> PairReading:
    """Of two windows, for each type what the one says that is surer."""
    better = (odds[: len(status)] > before.odds[: len(status)])[:, None]
    return PairReading(np.maximum(odds, before.odds), np.where(better, status, before.status))


def marked(
    vectors: Floats, named: Sequence[Naming], pairs: Sequence[tuple[int, int]]
) -> dict[str, Floats | Wholes]:
    """The inputs of the network: vectors of the pieces, and where which company stands.

    `kind` and `company` mark each piece (0 where none); `spread` has for each company its share of
    attention by piece, `begins` the first pieces of its mentions, `counts` which of those there are.
    """
    size = len(vectors)
    kind, company = np.zeros(size, np.int64), np.zeros(size, np.int64)
    spread = np.zeros((len(named), size), np.float32)
    most = max(len(n.places) for n in named)
    begins = np.zeros((len(named), most), np.int64)
    counts = np.zeros((len(named), most), np.float32)
    for row, naming in enumerate(named):
        for column, (start, end, sort) in enumerate(naming.places):
            kind[start:end] = sort
            company[start:end] = row + 1
            spread[row, start] = 1.0
            begins[row, column] = start
            counts[row, column] = 1.0
    spread /= spread.sum(axis=1, keepdims=True)
    lefts, rights = np.array(pairs, np.int64).T
    return {
        "vectors": vectors,
        "kind": kind,
        "company": company,
        "spread": spread,
        "begins": begins,
        "counts": counts,
        "left": lefts,
        "right": rights,
    }
