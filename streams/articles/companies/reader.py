"""Cuts articles into runs of words that may belong to a name; holds what is known of words."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.article import ArticleView, FieldView, Ints, Words
from streams.articles.companies.features import features
from streams.articles.companies.registry import Registry
from streams.articles.companies.runs import Match, runs_of
from streams.articles.companies.vocabulary import (
    BEGINS,
    BUSINESS,
    LETTER,
    SHOUTED,
    SOFTWARE,
    Vocabulary,
)
from streams.articles.companies.words import WordLists, fold
from streams.articles.document import Document, TextField
from streams.articles.forms import Numbered

MAX_NAME_WORDS = 9
_FEW_WORDS = 4
_SHOUTED = 0.7
_LONG_WORD = 5
_COMMON_SHORT = 7
# So many times row 0 stands around and between the fields: more than anything reaches.
_APART = 5


@lru_cache(maxsize=4096)
def match_code(packed: str) -> str:
    """Kinds of meaning of a name, as one word: "c" company, "cxpla" company and place."""
    codes = {m[0] if m[0] != "x" else "x" + m[2:5] for m in packed.split("|")}
    return "".join(sorted(codes))


class Reader:
    """Cuts articles into runs with features; holds what is known of words."""

    def __init__(
        self, registry: Registry, lists: WordLists, cues: dict[str, float] | None = None
    ) -> None:
        self.registry = registry
        self.lists = lists
        self.vocabulary = Vocabulary(registry, lists, cues or {})

    def read(self, document: Document) -> ArticleView:
        """The article with the features of each word that may belong to a name."""
        vocabulary = self.vocabulary
        title, body = document.title, document.body
        ids = _apart(vocabulary.of(title), vocabulary.of(body))
        facts = vocabulary.facts.take(ids)
        offsets = _APART, 2 * _APART + len(title.words)
        if _in_capitals(facts[: offsets[1]]) or _in_capitals(facts[offsets[1] :]):
            ids = _apart(*(self._written_small(field) for field in document.fields))
            facts = vocabulary.facts.take(ids)
        views = self._view(title, ids, offsets[0]), self._view(body, ids, offsets[1])
        matches = self._matches(ids, (facts & BEGINS).nonzero()[0])
        starts, ends = runs_of(facts, matches, _gaps(document, offsets))
        for match in matches:
            view = views[match.start >= offsets[1]]
            own = Match(
                match.start - view.offset, match.end - view.offset, match.packed, match.code
            )
            view.matches.append(own)
            view.match_at[own.start] = own
        topic = _topic(facts[offsets[1] : offsets[1] + len(body.words)])
        words = Words(vocabulary, views, ids, facts, matches, starts, ends)
        return features(words, document.lang, topic)

    def _view(self, text: TextField, ids: Ints, offset: int) -> FieldView:
        rows = ids[offset : offset + len(text.words)]
        cues = np.zeros(len(rows) + 1)
        self.vocabulary.cue.take(rows).cumsum(out=cues[1:])
        return FieldView(
            text, rows, Numbered(self.vocabulary.types, rows), [], {}, cues.data, offset
        )

    def _written_small(self, field: TextField) -> Ints:
        """Rows of a field's words; all in capitals they are read as they would be written otherwise."""
        vocabulary = self.vocabulary
        rows = vocabulary.of(field)
        if not _in_capitals(vocabulary.facts.take(rows)):
            return rows
        words = (self._usual(w) if w.isupper() else w for w in field.words)
        return np.array([vocabulary.rows[word] for word in words], np.int64)

    def _usual(self, word: str) -> str:
        low, key = word.lower(), fold(word)
        meanings = self.registry.packed_meanings(key)
        common = max(table.get(low, 0) for table in self.lists.frequency.values())
        if len(word) < _LONG_WORD:
            return low if common >= _COMMON_SHORT else word
        if meanings.startswith("c") or self.registry.opens(key) or not common:
            return word.capitalize()
        return low

    def _matches(self, ids: Ints, starts: Ints) -> list[Match]:
        """Known names, the longest first where several begin at a word, none inside another."""
        packed_meanings, opens = self.registry.index()
        places = self.lists.places
        types, pairs = self.vocabulary.types, self.vocabulary.pairs
        found: list[Match] = []
        rows = ids.data
        free = 0
        numbers = starts.tolist(), ids.take(starts).tolist(), ids.take(starts + 1).tolist()
        for at, row, following in zip(*numbers, strict=True):
            if at < free:
                continue
            word = types[row]
            best_end, best = at + 1, word.named if word.capital else ""
            if word.opens and pairs[row << 32 | following]:
                key, end, longer = word.folded, at + 1, True
                while longer and end - at < MAX_NAME_WORDS:
                    key = f"{key} {types[rows[end]].folded}"
                    end += 1
                    packed = packed_meanings(key, "")
                    if key in places:
                        packed = f"{packed}|x:place" if packed else "x:place"
                    if packed:
                        best_end, best = end, packed
                    longer = opens(key)
            if best:
                found.append(Match(at, best_end, best, match_code(best)))
                free = best_end
        return found


def _apart(title: Ints, body: Ints) -> Ints:
    """The rows of an article, with row 0 around and between the fields."""
    between = np.zeros(_APART, np.int64)
    return np.concatenate((between, title, between, body, between))


def _in_capitals(facts: NDArray[np.uint32]) -> bool:
    """Whether nearly all words of a field are written in capitals."""
    letters = np.count_nonzero(facts & LETTER)
    shouted = np.count_nonzero(facts & SHOUTED)
    return bool(letters >= _FEW_WORDS and shouted >= _SHOUTED * letters)


def _topic(facts: NDArray[np.uint32]) -> tuple[int, int]:
    """How much an article is about business and about software, 0 to 3 each."""
    scale = 100 / max(len(facts), 30)
    business = int(np.count_nonzero(facts & BUSINESS) * scale)
    software = int(np.count_nonzero(facts & SOFTWARE) * scale)
    return min(business, 6) // 2, min(software, 6) // 2


def _gaps(document: Document, offsets: tuple[int, int]) -> Callable[[int], int]:
    """How many characters stand between a word of the article and the one before it in its field."""
    title, body = document.fields

    def gap(place: int) -> int:
        if place < offsets[1]:
            return title.starts[place - offsets[0]] - title.ends[place - offsets[0] - 1]
        return body.starts[place - offsets[1]] - body.ends[place - offsets[1] - 1]

    return gap
