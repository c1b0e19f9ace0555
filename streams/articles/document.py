"""The text of an article cut once into words and sentences, for every stage that reads it.

Offsets are code points of the normalised field. Cost is linear in the length of the text.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from streams.articles.forms import (
    BEGINS,
    CLOSERS,
    CLOSES,
    ENDS,
    SENTENCE_END,
    SHORT,
    STOPS,
    Forms,
    Numbered,
    Numbers,
)
from streams.messages import FieldName

_LAST_SPACE = 0x3000
_WORDLIKE, _ENDING, _SPACE, _NEWLINE = range(4)
_KINDS = np.array(
    [
        _NEWLINE
        if char == "\n"
        else _SPACE
        if char.isspace()
        else _ENDING
        if char in SENTENCE_END | CLOSERS
        else _WORDLIKE
        for char in map(chr, range(_LAST_SPACE + 2))
    ],
    np.uint8,
)
_MOST_CLOSERS = 8


@dataclass(frozen=True, slots=True)
class TextField:
    """Title or body: words with their offsets, and sentences as half-open ranges of word indices.

    `numbers` are those of the words among `forms`.
    """

    name: FieldName
    text: str
    words: Numbered[str]
    starts: Sequence[int]
    ends: Sequence[int]
    sentences: list[tuple[int, int]]
    forms: Forms = field(repr=False)
    numbers: Numbers = field(repr=False, compare=False)

    def word_at(self, offset: int) -> int:
        """Index of the last word that starts at or before `offset` (-1 before the first)."""
        return bisect_right(self.starts, offset) - 1

    def sentence_of(self, word: int) -> int:
        """Index of the sentence that holds the word with this index."""
        return bisect_right(self.sentences, (word, len(self.starts))) - 1

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
    forms = Forms.current()
    return Document(lang, _cut("title", title, forms), _cut("body", body, forms))


def cut_field(name: FieldName, text: str) -> TextField:
    """Cut one field. A title is one sentence unless it has a full stop inside."""
    return _cut(name, text, Forms.current())


def _cut(name: FieldName, text: str, forms: Forms) -> TextField:
    numbers = forms.of(text)
    words = Numbered(forms.words, numbers)
    # The words are all that is visible, so their lengths tell where each begins.
    lengths = forms.lengths(numbers)
    kinds = _kinds(text)
    visible = (kinds < _SPACE).nonzero()[0]
    first = visible.take(lengths.cumsum() - lengths)
    end = first + lengths
    breaks = _breaks(kinds, first, end, forms.marks(numbers))
    sentences = list(pairwise([0, *breaks, len(first)])) if len(first) else []
    return TextField(name, text, words, first.data, end.data, sentences, forms, numbers)


def _breaks(
    kinds: NDArray[np.uint8], first: Numbers, end: Numbers, marks: NDArray[np.uint8]
) -> list[int]:
    """The words before which a sentence ends, given where the words begin and end."""
    following = first.searchsorted((kinds == _NEWLINE).nonzero()[0])
    breaks = set(following.tolist())
    last = ((kinds[:-1] == _ENDING) & (kinds[1:] >= _SPACE)).nonzero()[0]
    at = first.searchsorted(last, side="right")
    at = at[(at > 0) & (at < len(first))]
    at = at[(marks.take(at) & BEGINS) != 0]
    before = marks.take(at - 1)
    # A full stop right after an abbreviation or an initial ends none.
    close = at - 1
    short = (marks.take(close - 1) & SHORT) != 0
    short &= (close > 0) & (end.take(close - 1) == first.take(close)) & ((before & STOPS) != 0)
    breaks.update(at[((before & ENDS) != 0) & ~short].tolist())
    for number in at[(before & CLOSES) != 0].tolist():
        if _ends_quoted(marks, first, end, number):
            breaks.add(number)
    breaks -= {0, len(first)}
    return sorted(breaks)


def _ends_quoted(marks: NDArray[np.uint8], first: Numbers, end: Numbers, i: int) -> bool:
    """Whether a sentence ends before word `i`, which follows a closing sign."""
    last, least = i - 1, max(0, i - 1 - _MOST_CLOSERS)
    while last > least and marks[last] & CLOSES:
        last -= 1
    if not marks[last] & ENDS:
        return False
    if not marks[last] & STOPS or last == 0 or end[last - 1] != first[last]:
        return True
    return not marks[last - 1] & SHORT


def _kinds(text: str) -> NDArray[np.uint8]:
    """Of each character whether it may end a sentence, or is white space or a line feed."""
    if text.isascii():
        return _KINDS[np.frombuffer(text.encode(), np.uint8)]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _KINDS[np.minimum(codes, _LAST_SPACE + 1)]
