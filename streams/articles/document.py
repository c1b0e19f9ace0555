"""The text of an article cut once into words and sentences, for every stage that reads it.

Offsets are code points of the normalised field. Cost is linear in the length of the text.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from streams.messages import FieldName

_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+|[^\w\s]")
_SENTENCE_END = frozenset(".!?…")
_CLOSERS = frozenset("\"'»”’)]")
_LAST_SPACE = 0x3000
_MOST_PIECES, _LONGEST_PIECE = 100_000, 40
_WORDLIKE, _ENDING, _SPACE, _NEWLINE = range(4)
_KINDS = np.array(
    [
        _NEWLINE
        if char == "\n"
        else _SPACE
        if char.isspace()
        else _ENDING
        if char in _SENTENCE_END | _CLOSERS
        else _WORDLIKE
        for char in map(chr, range(_LAST_SPACE + 2))
    ],
    np.uint8,
)
_MOST_CLOSERS = 8
_OPENERS = frozenset('«"“‘([-–—•')
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st ste sr jr inc corp co ltd plc llc vs no nos etc cf art al fig vol ed
    pp p gen sen rep gov lt col sgt capt us u.s u.k e.g i.e a.m p.m jan feb mar apr jun jul
    aug sep sept oct nov dec m mm mme mlle me av env hab approx dept est bros s.a n.v a.g
    """.split()
)


@dataclass(frozen=True, slots=True)
class TextField:
    """Title or body: words with their offsets, and sentences as half-open ranges of word indices."""

    name: FieldName
    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[tuple[int, int]]

    def word_at(self, offset: int) -> int:
        """Index of the last word that starts at or before `offset` (-1 before the first)."""
        return bisect_right(self.starts, offset) - 1

    def sentence_of(self, word: int) -> int:
        """Index of the sentence that holds the word with this index."""
        return bisect_right(self.sentences, (word, len(self.words))) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Offsets of the words `first` to `last`, both included."""
        return self.starts[first], self.ends[last]


@dataclass(frozen=True, slots=True)
class Document:
    """A normalised article, cut into words. `lang` is `en` or `fr` for the stages that need one."""

    lang: str
    title: TextField
    body: TextField

    @property
    def fields(self) -> tuple[TextField, TextField]:
        """Title first, as a reader meets them."""
        return self.title, self.body

    def field(self, name: FieldName) -> TextField:
        """The field with this name."""
        return self.title if name == "title" else self.body


def cut(title: str, body: str, lang: str) -> Document:
    """Cut a normalised article into words and sentences."""
    return Document(lang, cut_field("title", title), cut_field("body", body))


def cut_field(name: FieldName, text: str) -> TextField:
    """Cut one field. A title is one sentence unless it has a full stop inside."""
    words = list(chain.from_iterable(map(_PIECES.__getitem__, text.split())))
    # The words are all that is visible, so their lengths tell where each begins.
    lengths = np.fromiter(map(len, words), np.intp, len(words))
    kinds = _kinds(text)
    visible = np.flatnonzero(kinds < _SPACE)
    first = visible[np.cumsum(lengths) - lengths]
    starts, ends = first.tolist(), (first + lengths).tolist()
    # Where a sentence may end: what the following word decides is left to `_sentences`.
    last = np.flatnonzero(
        ((kinds[:-1] == _ENDING) & (kinds[1:] >= _SPACE)) | (kinds[:-1] == _NEWLINE)
    )
    following = np.searchsorted(first, last, side="right").tolist()
    sentences = _sentences(text, words, starts, ends, following)
    return TextField(name, text, words, starts, ends, sentences)


class _Pieces(dict[str, tuple[str, ...]]):
    """The words of what stands between white space, kept across articles: most pieces come again."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        words = tuple(_WORD.findall(piece))
        if len(piece) <= _LONGEST_PIECE:
            if len(self) >= _MOST_PIECES:
                self.clear()
            self[piece] = words
        return words


_PIECES = _Pieces()


def _kinds(text: str) -> NDArray[np.uint8]:
    """Of each character whether it may end a sentence, or is white space or a line feed."""
    if text.isascii():
        return _KINDS[np.frombuffer(text.encode(), np.uint8)]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _KINDS[np.minimum(codes, _LAST_SPACE + 1)]


def _sentences(
    text: str, words: list[str], starts: list[int], ends: list[int], following: list[int]
) -> list[tuple[int, int]]:
    """Sentences as word ranges; one may end before each of the words `following`."""
    sentences: list[tuple[int, int]] = []
    first = 0
    count = len(words)
    for i in following:
        if not first < i < count:
            continue
        if "\n" in text[ends[i - 1] : starts[i]] or _ends_sentence(words, starts, ends, i):
            sentences.append((first, i))
            first = i
    if count:
        sentences.append((first, count))
    return sentences


def _ends_sentence(words: list[str], starts: list[int], ends: list[int], i: int) -> bool:
    """Whether a sentence ends before word `i`, which follows white space."""
    last, least = i - 1, max(0, i - 1 - _MOST_CLOSERS)
    while last > least and words[last] in _CLOSERS:
        last -= 1
    if words[last] not in _SENTENCE_END:
        return False
    following = words[i]
    if not (following[0].isupper() or following[0].isdigit() or following[0] in _OPENERS):
        return False
    if words[last] != "." or last == 0 or ends[last - 1] != starts[last]:
        return True
    before = words[last - 1]
    if len(before) == 1 and before.isalpha() and before.isupper():
        return False
    return before.lower() not in _ABBREVIATIONS
