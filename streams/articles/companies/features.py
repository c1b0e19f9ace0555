"""What the tagger sees of an article: runs of words that may belong to a name, and their features.

A run is a stretch of capitalised words with what may stand between them ("Bank of America",
"L'Oréal", "AT&T"). Only words of runs are tagged. A feature of a word *type* (spelling, how common it
is) counts at eleven places around the word tagged; a feature of the *token* needs the article and is
a pair of numbers hashed to a slot of the weights.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.registry import Registry
from streams.articles.companies.runs import Match, Run, runs_of
from streams.articles.companies.vocabulary import Vocabulary, Word
from streams.articles.companies.words import WordLists, fold
from streams.articles.document import Document, TextField

PLACES = ("-3", "-2", "-1", "0", "1", "2", "3", "before2", "before", "after", "after2")
MAX_NAME_WORDS = 9
PERSON, PLACE, KNOWN, LEGAL, ALSO_SMALL = 1, 2, 4, 8, 16
SLOT_BITS = 19
_FEW_WORDS = 4
_SHOUTED = 0.7
_LONG_WORD = 5
_COMMON_SHORT = 7
_PAD = 3
_DOCUMENT_BITS = 0xFFFF
# A description ends at most four words behind its determiner ("l'", three more).
_REACH = np.arange(1, 5)
_NONE = np.zeros(5, np.bool_)

Ints = NDArray[np.int64]
Slots = NDArray[np.uint64]


@dataclass(slots=True)
class FieldView:
    """A field with its runs, known names and words such as "the".

    `describing` are those of the `determiners` behind which a word stands that may describe a company.
    `cues` are running sums of how much each word speaks for companies; `offset` is where its words
    lie in the article's.
    """

    field: TextField
    words: list[Word]
    runs: list[Run]
    matches: list[Match]
    match_at: dict[int, Match]
    determiners: list[int]
    describing: list[int]
    cues: list[float]
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
    slots of the weights; `lengths` the words of each run, title first.
    """

    lang: str
    fields: tuple[FieldView, FieldView]
    topic: tuple[int, int]
    places: Ints
    slots: Slots
    lengths: Ints
    flags_by_low: dict[int, int]

    def flags(self, low: int) -> int:
        """What the article says elsewhere of the word with this hash (`Vocabulary.low`)."""
        return self.flags_by_low.get(low & _DOCUMENT_BITS, 0)


@lru_cache(maxsize=65536)
def match_code(packed: str) -> str:
    """Kinds of meaning of a name, as one word: "c" company, "cxpla" company and place."""
    codes = {m[0] if m[0] != "x" else "x" + m[2:5] for m in packed.split("|")}
    return "".join(sorted(codes))


@lru_cache(maxsize=4096)
def code_number(code: str) -> int:
    """A number for a match code; 0 for none."""
    return crc32(code.encode()) | 1 if code else 0


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
        titles = self._rows(document.title.words)
        bodies = self._rows(document.body.words)
        pad = np.zeros(_PAD, np.int64)
        ids = np.concatenate((pad, titles, pad, bodies, pad))
        title = self._view(document.title, titles, _PAD)
        body = self._view(document.body, bodies, 2 * _PAD + len(titles))
        topic = self._topic(bodies)
        return _features(self, document.lang, (title, body), ids, topic)

    def _view(self, text: TextField, rows: Ints, offset: int) -> FieldView:
        vocabulary = self.vocabulary
        words = list(map(vocabulary.types.__getitem__, rows.tolist()))
        determiners = np.flatnonzero(vocabulary.determiner[rows])
        describes = np.concatenate((vocabulary.describes[rows], _NONE))
        near = describes[determiners[:, None] + _REACH].any(axis=1)
        matches = self._matches(words, np.flatnonzero(vocabulary.begins[rows]).tolist())
        runs = runs_of(text, words, rows, matches, vocabulary)
        cues = np.zeros(len(rows) + 1)
        np.cumsum(vocabulary.cue[rows], out=cues[1:])
        by_start = {m.start: m for m in matches}
        return FieldView(
            field=text,
            words=words,
            runs=runs,
            matches=matches,
            match_at=by_start,
            determiners=determiners.tolist(),
            describing=determiners[near].tolist(),
            cues=cues.tolist(),
            offset=offset,
        )

    def _rows(self, words: list[str]) -> Ints:
        """Rows of the words; in a field all in capitals of the words as they would be written otherwise."""
        vocabulary = self.vocabulary
        rows = vocabulary.ids(words)
        letters = np.count_nonzero(vocabulary.letter[rows])
        shouted = np.count_nonzero(vocabulary.shouted[rows])
        if letters >= _FEW_WORDS and shouted >= _SHOUTED * letters:
            return vocabulary.ids([self._usual(w) if w.isupper() else w for w in words])
        return rows

    def _usual(self, word: str) -> str:
        low, key = word.lower(), fold(word)
        meanings = self.registry.packed_meanings(key)
        common = max(table.get(low, 0) for table in self.lists.frequency.values())
        if len(word) < _LONG_WORD:
            return low if common >= _COMMON_SHORT else word
        if meanings.startswith("c") or self.registry.opens(key) or not common:
            return word.capitalize()
        return low

    def _topic(self, ids: Ints) -> tuple[int, int]:
        """How much an article is about business and about software, 0 to 3 each."""
        vocabulary = self.vocabulary
        scale = 100 / max(len(ids), 30)
        business = int(vocabulary.business[ids].sum() * scale)
        software = int(vocabulary.software[ids].sum() * scale)
        return min(business, 6) // 2, min(software, 6) // 2

    def _matches(self, words: list[Word], starts: list[int]) -> list[Match]:
        """Known names, the longest first where several begin at a word, none inside another."""
        packed_meanings, opens = self.registry.index()
        places = self.lists.places
        found: list[Match] = []
        count = len(words)
        free = 0
        for at in starts:
            if at < free:
                continue
            word = words[at]
            key, end = word.folded, at + 1
            best_end, best = end, word.named if word.capital else ""
            longer = word.opens
            while longer and end < count and end - at < MAX_NAME_WORDS:
                key = f"{key} {words[end].folded}"
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


def _features(
    reader: Reader,
    lang: str,
    fields: tuple[FieldView, FieldView],
    ids: Ints,
    topic: tuple[int, int],
) -> ArticleView:
    vocabulary = reader.vocabulary
    starts = np.array([r.start + v.offset for v in fields for r in v.runs], np.int64)
    ends = np.array([r.end + v.offset for v in fields for r in v.runs], np.int64)
    lengths = ends - starts
    total = int(lengths.sum())
    if not total:
        empty = np.zeros((len(PLACES), 0), np.int64)
        return ArticleView(lang, fields, topic, empty, np.zeros((0, 0), np.uint64), lengths, {})
    run_of = np.repeat(np.arange(len(starts)), lengths)
    at = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    first, last = starts[run_of], ends[run_of]
    place = first + at
    near = place + _NEAR
    outside = np.stack([first - 2, first - 1, last, np.minimum(last + 1, len(ids) - 1)])
    places = ids[np.concatenate([near, outside])]

    lows = vocabulary.low[places]
    here = places[_PAD]
    capital = vocabulary.capital[here]
    person = (vocabulary.given[ids[first]] & (place > first)) | vocabulary.title[places[2]]
    legal = vocabulary.legal[places[4]]
    flag, often, flags = _document_words(
        vocabulary, fields, ids, lows[_PAD], capital, person * _PERSON + legal * _LEGAL
    )
    code, begins, size_known, whole, code_after, code_before = _known(fields, total)
    size = np.minimum(lengths, 6).astype(np.uint64)[run_of]
    kinds = vocabulary.kind[here]
    pattern = _pattern(vocabulary, ids, starts, ends)[run_of]
    opens = (_opening(vocabulary, fields, ids, starts)[run_of] * (1 + (at == 0))).astype(np.uint64)
    about = np.uint64(topic[0] * 4 + topic[1] + 1)
    l2, l1, _, r1, r2 = lows[1:6]
    b2, b1, a1, a2 = lows[7:]
    known = code + begins
    capitals = capital.astype(np.uint64)
    small = (flag & _SMALL) // _SMALL
    a, b = np.zeros((2, _TEMPLATES, total), np.uint64)
    a[:3], b[1], b[2] = pattern, b1, a1
    a[3], b[3] = b2, b1
    a[4], b[4] = a1, a2
    a[5], b[5] = b1, a1
    a[6], b[6] = size, place < fields[1].offset
    a[7:9], b[7], b[8] = known, size_known, whole
    a[9], a[10] = code_after, code_before
    a[11], b[11] = np.minimum(at, 3), size
    a[12:14] = opens
    b[13] = vocabulary.common[here] * _HUNDRED + small * _TEN + size
    a[14:16], b[14] = about, code
    b[15] = kinds * _TEN + size
    a[16], a[17], b[16:18] = flag, often, capitals
    a[18], b[18] = (flag & _FOUR_FLAGS) * _TEN + often, code == 0
    a[19], b[19] = l2, l1
    a[20], b[20] = r1, r2
    return ArticleView(lang, fields, topic, places, _slots(a, b), lengths, flags)


_NEAR = np.arange(-_PAD, _PAD + 1)[:, None]
_TEMPLATES = 21
_PERSON, _LEGAL, _SMALL, _TEN, _HUNDRED, _FOUR_FLAGS = (
    np.uint64(k) for k in (PERSON, LEGAL, ALSO_SMALL, 10, 100, 15)
)
_K1, _K2, _K3, _K4 = (
    np.uint64(k)
    for k in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)
_NUMBERS = np.arange(1, _TEMPLATES + 1, dtype=np.uint64)[:, None]
_BY_NUMBER = _NUMBERS * _K2, _NUMBERS * _K3


def _slots(a: Slots, b: Slots) -> Slots:
    """Slots of the weights for pairs of numbers [feature, word], which are overwritten."""
    a *= _K1
    b *= _K2
    b += _BY_NUMBER[0]
    a ^= b
    a ^= _BY_NUMBER[1]
    np.right_shift(a, np.uint64(29), out=b)
    a ^= b
    a *= _K4
    a >>= np.uint64(64 - SLOT_BITS)
    return a


def _document_words(
    vocabulary: Vocabulary,
    fields: tuple[FieldView, FieldView],
    ids: Ints,
    low: Slots,
    capital: NDArray[np.bool_],
    own: Slots,
) -> tuple[Slots, Slots, dict[int, int]]:
    """What the article says elsewhere of each word of a run, and how often it is capitalised, up to 4.

    Args:
        vocabulary: of the rows `ids`.
        fields: title and body.
        ids: the rows of all words.
        low: hashes of the words of runs.
        capital: whether each of them has a capital.
        own: what its own place says of it.

    Returns:
        For each word of a run its flags and its number, and the flags of all by hash.
    """
    mask = np.uint64(_DOCUMENT_BITS)
    mine = (low & mask).astype(np.int64)
    small = vocabulary.marked
    plain = (vocabulary.low[ids[~vocabulary.capital[ids]]] & mask).astype(np.int64)
    small[plain] = True
    own += small[mine] * _SMALL
    small[plain] = False
    own *= capital
    numbers, word = np.unique(mine, return_inverse=True)
    flags = np.zeros(len(numbers), np.uint64)
    np.bitwise_or.at(flags, word, own)
    known = dict(zip(numbers.tolist(), flags.tolist(), strict=True))
    for view in fields:
        for match in view.matches:
            if match.end - match.start > 1:
                bit = KNOWN if match.code[0] in "cl" else PLACE
                for i in range(match.start, match.end):
                    of = view.words[i]
                    if of.capital:
                        number = of.hash & _DOCUMENT_BITS
                        known[number] = known.get(number, 0) | bit
    flags = np.array([known[number] for number in numbers.tolist()], np.uint64)
    counts = np.bincount(word, capital).astype(np.uint64)
    often = np.minimum(counts, np.uint64(4))[word] * capital
    return flags[word] * capital, often, known


def _known(
    fields: tuple[FieldView, FieldView], total: int
) -> tuple[Slots, Slots, Slots, Slots, Slots, Slots]:
    """Of each word of a run: code of its match, whether it begins it, length, fit, neighbours."""
    code, begins, length, whole, after, before = np.zeros((6, total), np.uint64)
    found: list[tuple[int, int, int, int, int]] = []
    left: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    at = 0
    for view in fields:
        matches, m = view.matches, 0
        count = len(matches)
        for run in view.runs:
            while m < count and matches[m].end <= run.start:
                m += 1
            k = m
            while k < count and matches[k].start < run.end:
                match = matches[k]
                start, end = max(match.start, run.start), min(match.end, run.end)
                i, j = at + start - run.start, at + end - run.start
                number = code_number(match.code)
                fit = 1 + 2 * (start == run.start) + (end == run.end)
                found.append((i, j - i, number, min(match.end - match.start, 3), fit))
                if start > run.start:
                    left.append((i - 1, number))
                if end < run.end:
                    right.append((j, number))
                k += 1
            at += run.end - run.start
    if found:
        first, size, number_of, length_of, fit_of = np.array(found, np.int64).T
        begins[first] = 1
        steps = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
        place = np.repeat(first, size) + steps
        code[place] = np.repeat(number_of, size)
        length[place] = np.repeat(length_of, size)
        whole[place] = np.repeat(fit_of, size)
    for places, side in ((left, after), (right, before)):
        if places:
            where, numbers = np.array(places, np.int64).T
            side[where] = numbers
    return code, begins, length, whole, after, before


def _pattern(vocabulary: Vocabulary, ids: Ints, starts: Ints, ends: Ints) -> Slots:
    """The kinds of the first five words of each run, as one number."""
    number = np.ones(len(starts), np.uint64)
    kinds = vocabulary.kind[ids[np.minimum(starts + _FIRST, len(ids) - 1)]] + np.uint64(1)
    kinds *= starts + _FIRST < ends
    for kind in kinds:
        number *= np.uint64(17)
        number += kind
    return number


_FIRST = np.arange(5)[:, None]


def _opening(
    vocabulary: Vocabulary, fields: tuple[FieldView, FieldView], ids: Ints, starts: Ints
) -> NDArray[np.int64]:
    """Whether a run stands where a sentence begins."""
    begins: NDArray[np.bool_] = vocabulary.opening[ids[starts - 1]]
    for view in fields:
        begins |= starts == view.offset
    return begins.astype(np.int64)
