"""The second network: which words of an article name a company or a product."""

from pathlib import Path

import msgspec
import numpy as np
import onnxruntime

from streams.articles.document import Document
from streams.articles.encoder.pieces import Pieces
from streams.articles.encoder.reading import LABELS, Floats, NameBlend
from streams.articles.encoder.vectors import Vectors
from streams.articles.encoder.window import windows


class Names:
    """Reads articles for names.

    Args:
        folder: of `names.onnx` and `names.json`.
        pieces: cuts words.
        vectors: of the pieces.
    """

    def __init__(self, folder: Path, pieces: Pieces, vectors: Vectors) -> None:
        self.blend = msgspec.json.decode((folder / "names.json").read_bytes(), type=NameBlend)
        self._pieces = pieces
        self._vectors = vectors
        self._network = session(folder / "names.onnx")

    def of(self, document: Document) -> dict[str, Floats]:
        """Log-probabilities [word, label] by field; zeros for words that are not read."""
        title = np.zeros((len(document.title.words), LABELS), np.float32)
        body = np.zeros((len(document.body.words), LABELS), np.float32)
        for window in windows(document, self._pieces):
            if len(window.begins) < 2:
                continue
            at = np.array(window.begins[:-1], np.int64)
            given = {"vectors": self._vectors.of(window.pieces), "at": at}
            (told,) = self._network.run(None, given)
            if window.first == 0:
                title[: window.title] = told[: window.title]
            body[window.first : window.last] = told[window.title :]
        return {"title": title, "body": body}


def session(path: Path) -> onnxruntime.InferenceSession:
    """A network on one thread."""
    options = onnxruntime.SessionOptions()
    # Partitions and workers are how this scales; a thread of its own would take from them.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
