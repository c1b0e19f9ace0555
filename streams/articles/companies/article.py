"""An article as the tagger reads it: its words with pads between the fields, and what is known of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.runs import Match, Run
from streams.articles.companies.vocabulary import DESCRIBES, DETERMINER, Vocabulary, Word
from streams.articles.document import TextField
from streams.articles.forms import Numbered

PERSON, PLACE, KNOWN, LEGAL, ALSO_SMALL = 1, 2, 4, 8, 16
# Bits of a word's hash by which an article knows it.
DOCUMENT_BITS = 0xFFFF
# A description ends at most four words behind its determiner ("l'", three more).
_REACH = np.arange(1, 5)

Ints = NDArray[np.int64]
Slots = NDArray[np.uint64]


@dataclass(slots=True)
class FieldView:
    """A field with its known names, which count the words of the field.

    `rows` are those of the words in the vocabulary; `cues` are running sums of how much each word
    speaks for companies; `offset` is where its words lie in the article's.
    """

    field: TextField
    rows: Ints
    words: Numbered[Word]
    matches: list[Match]
    match_at: dict[int, Match]
    cues: memoryview
    offset: int

    def cue(self, first: int, last: int) -> float:
        """How much the words `first` to `last` (half-open) speak for companies."""
        return (self.cues[last] - self.cues[first]) / math.sqrt(max(last - first, 1))

    def sentence_cue(self, word: int) -> float:
        """How much the sentence of a word speaks for companies."""
        return self.cue(*self.field.sentences[self.field.sentence_of(word)])


@dataclass(slots=True)
class ArticleView:
    """An article as the tagger reads it, title first.

    `places` [`PLACES`, word of a run] holds rows of the vocabulary, `slots` [feature, word of a run]
    slots of the weights. `starts` and `ends` are of the runs, counted over the words of the article,
    of which `facts` are the bits; `lengths` the words of each run, `offsets` those of all before it.
    """

    lang: str
    fields: tuple[FieldView, FieldView]
    topic: tuple[int, int]
    facts: NDArray[np.uint32]
    starts: list[int]
    ends: list[int]
    places: Ints
    slots: Slots
    lengths: Ints
    offsets: Ints
    flags_by_low: dict[int, int]

    def view_of(self, place: int) -> FieldView:
        """The field in which a word of the article stands."""
        return self.fields[place >= self.fields[1].offset]

    def runs(self, view: FieldView) -> list[Run]:
        """The runs of a field, counted over its own words."""
        pairs = zip(self.starts, self.ends, strict=True)
        offset = view.offset
        return [Run(a - offset, b - offset) for a, b in pairs if self.view_of(a) is view]

    def determiners(self, view: FieldView, describing: bool) -> list[int]:
        """Words of a field such as "the"; only those shortly before a word that may describe a company."""
        first, last = view.offset, view.offset + len(view.words)
        found = (self.facts[first:last] & DETERMINER).nonzero()[0]
        if describing:
            near = self.facts.take(found[:, None] + (_REACH + first)) & DESCRIBES
            found = found[near.any(axis=1)]
        places: list[int] = found.tolist()
        return places

    def flags(self, low: int) -> int:
        """What the article says elsewhere of the word with this hash (`Vocabulary.low`)."""
        return self.flags_by_low.get(low & DOCUMENT_BITS, 0)


@dataclass(slots=True)
class Words:
    """The words of an article with pads between its fields: rows, bits, known names and runs."""

    vocabulary: Vocabulary
    fields: tuple[FieldView, FieldView]
    ids: Ints
    facts: NDArray[np.uint32]
    matches: list[Match]
    starts: list[int]
    ends: list[int]
