"""Word forms as numbers, kept across articles: what stands between white space mostly comes again.

A text is looked up piece by piece; what is known of its words is then gathered from arrays.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from typing import ClassVar, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+|[^\w\s]")
_LONGEST_PIECE = 40
# Reached within some ten thousand articles, so that a worker soon holds what it ever will; to begin anew
# takes less than one per cent of the time.
_MOST_WORDS, _MOST_PLACES, _MOST_CHARACTERS = 60_000, 150_000, 1_000_000
_COUNT_BITS = 24
_COUNT = (1 << _COUNT_BITS) - 1

SENTENCE_END = frozenset(".!?…")
CLOSERS = frozenset("\"'»”’)]")
_OPENERS = frozenset('«"“‘([-–—•')
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st ste sr jr inc corp co ltd plc llc vs no nos etc cf art al fig vol ed
    pp p gen sen rep gov lt col sgt capt us u.s u.k e.g i.e a.m p.m jan feb mar apr jun jul
    aug sep sept oct nov dec m mm mme mlle me av env hab approx dept est bros s.a n.v a.g
    """.split()
)
_LONGEST_ABBREVIATION = max(map(len, _ABBREVIATIONS))
# A sentence may begin with the word; it is written with a full stop; it ends or closes sentences; it is ".".
BEGINS, SHORT, ENDS, CLOSES, STOPS = (1 << bit for bit in range(5))

Numbers = NDArray[np.int64]
T = TypeVar("T")


class Numbered(Generic[T]):
    """The items that have these numbers, in their order, looked up when they are asked for."""

    __slots__ = ("_items", "_numbers")

    def __init__(self, items: list[T], numbers: Numbers) -> None:
        self._items = items
        self._numbers = numbers.data

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        """One item, or a list of those of a slice."""
        found = self._numbers[at]
        items = self._items
        return items[found] if isinstance(found, int) else [items[number] for number in found]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[T]:
        """All of them in order."""
        return map(self._items.__getitem__, self._numbers)


class ByText(dict[str, int]):
    """Numbers by text; a text that is new gets one."""

    def __init__(self, add: Callable[[str], int], known: dict[str, int] | None = None) -> None:
        super().__init__(known or {})
        self._add = add

    def __missing__(self, text: str) -> int:
        return self._add(text)


class Forms:
    """All word forms that were met, by number; an article holds the collection that its numbers are of."""

    _current: ClassVar["Forms | None"] = None

    def __init__(self) -> None:
        self.words: list[str] = []
        self._lengths = array("q")
        self._marks = array("B")
        self._numbers = ByText(self._add_word)
        # A piece is known by where its words lie here, and how many there are.
        self._places = array("q")
        self._pieces = ByText(self._add_piece)
        self._characters = 0

    @classmethod
    def current(cls) -> "Forms":
        """The collection for the next article: a new one where the last has grown to its limit."""
        found = cls._current
        if found is None or found.full:
            found = cls._current = Forms()
        return found

    @property
    def full(self) -> bool:
        """Whether no further article should be added."""
        return (
            len(self.words) > _MOST_WORDS
            or len(self._places) > _MOST_PLACES
            or self._characters > _MOST_CHARACTERS
        )

    def of(self, text: str) -> Numbers:
        """Numbers of the words of a text, in order."""
        pieces = text.split()
        packed = np.fromiter(map(self._pieces.__getitem__, pieces), np.int64, len(pieces))
        if not len(packed):
            return packed
        counts = packed & _COUNT
        packed >>= _COUNT_BITS
        packed -= counts.cumsum()
        packed += counts
        places = packed.repeat(counts)
        places += np.arange(len(places))
        return np.frombuffer(self._places, np.int64).take(places)

    def lengths(self, numbers: Numbers) -> Numbers:
        """Code points of the words with these numbers."""
        return np.frombuffer(self._lengths, np.int64).take(numbers) if numbers.size else numbers

    def marks(self, numbers: Numbers) -> NDArray[np.uint8]:
        """What the words with these numbers may do in a sentence, as bits."""
        if not numbers.size:
            return np.zeros(0, np.uint8)
        return np.frombuffer(self._marks, np.uint8).take(numbers)

    def _add_word(self, word: str) -> int:
        number = len(self.words)
        self.words.append(word)
        self._lengths.append(len(word))
        self._marks.append(_mark(word))
        self._numbers[word] = number
        return number

    def _add_piece(self, piece: str) -> int:
        words = _WORD.findall(piece)
        packed = len(self._places) << _COUNT_BITS | len(words)
        self._places.extend(map(self._numbers.__getitem__, words))
        self._characters += len(piece)
        if len(piece) <= _LONGEST_PIECE:
            self._pieces[piece] = packed
        return packed


def _mark(word: str) -> int:
    first, size = word[0], len(word)
    begins = first.isupper() or first.isdigit() or first in _OPENERS
    short = size <= _LONGEST_ABBREVIATION and (
        word.lower() in _ABBREVIATIONS or (size == 1 and first.isalpha() and first.isupper())
    )
    return (
        BEGINS * begins
        | SHORT * short
        | ENDS * (word in SENTENCE_END)
        | CLOSES * (word in CLOSERS)
        | STOPS * (word == ".")
    )
