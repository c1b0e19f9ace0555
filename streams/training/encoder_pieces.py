"""Which pieces of the pretrained vocabulary are shipped: those that business news needs."""

import gzip
import json
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import spellchecker

from streams.articles.companies import registry
from streams.articles.document import cut_field
from streams.articles.encoder.pieces import SPACE, SPECIAL, Pieces
from streams.training.encoder_weights import Pretrained
from streams.training.events_data import Record, document_of

COMMON = {"en": 40_000, "fr": 60_000}
_LATIN = 0x250
_SIGNS = frozenset(("P", "S"))
_LAST_SIGN = 0x2200


def chosen(given: Pretrained, records: Iterable[Record]) -> list[int]:
    """Numbers of the pieces for the words of these texts, of the registry and of dictionaries."""
    everything = Pieces([*SPECIAL, *given.pieces[len(SPECIAL) :]], given.scores.tolist())
    used = set(range(len(SPECIAL)))
    for word in _words(records):
        for spaced in (False, True):
            used.update(everything.cut(word, spaced))
    used.update(n for n, piece in enumerate(given.pieces) if _single(piece.removeprefix(SPACE)))
    return sorted(used)


def cutter(given: Pretrained, numbers: list[int]) -> Pieces:
    """Cuts into the chosen pieces alone, numbered in the order chosen."""
    names = [given.pieces[n] for n in numbers]
    return Pieces([*SPECIAL, *names[len(SPECIAL) :]], given.scores[numbers].tolist())


def _single(piece: str) -> bool:
    if len(piece) != 1:
        return False
    sign = ord(piece) < _LAST_SIGN and unicodedata.category(piece)[0] in _SIGNS
    return ord(piece) < _LATIN or sign


def _words(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        for field in document_of(record).fields:
            yield from field.words
    known = registry.load()
    for id_ in known.ids():
        company = known.get(id_)
        for name, _ in company.spellings() if company else ():
            yield from cut_field("body", name).words
    folder = Path(spellchecker.__file__).parent / "resources"
    for lang, most in COMMON.items():
        counts = json.loads(gzip.decompress((folder / f"{lang}.json.gz").read_bytes()))
        for word in sorted(counts, key=lambda w: (-counts[w], w))[:most]:
            for part in cut_field("body", word).words:
                yield from (part, part.capitalize())
