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
from streams.articles.companies.runs import SENTENCE_START, Match, Run, runs_of
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

Ints = NDArray[np.int64]
Slots = NDArray[np.uint64]


@dataclass(slots=True)
class FieldView:
    """A field with its runs, known names and words such as "the".

    `cues` are running sums of how much each word speaks for companies; `offset` is where its words
    lie in the article's.
    """

    field: TextField
    words: list[Word]
    runs: list[Run]
    matches: list[Match]
    match_at: dict[int, Match]
    determiners: list[int]
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

    `places` [word of a run, `PLACES`] holds rows of the vocabulary, `slots` [feature, word of a run]
    slots of the weights; `lengths` the words of each run, title first.
    """

    lang: str
    fields: tuple[FieldView, FieldView]
    topic: tuple[int, int]
    places: Ints
    slots: Slots
    lengths: Ints
    flags_by_low: NDArray[np.uint64]

    def flags(self, low: int) -> int:
        """What the article says elsewhere of the word with this hash (`Vocabulary.low`)."""
        return int(self.flags_by_low[low & _DOCUMENT_BITS])


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
        vocabulary = self.vocabulary
        titles = vocabulary.ids(self._recased(document.title.words))
        bodies = vocabulary.ids(self._recased(document.body.words))
        pad = [0] * _PAD
        ids = np.array([*pad, *titles, *pad, *bodies, *pad])
        title = self._view(document.title, titles, _PAD)
        body = self._view(document.body, bodies, 2 * _PAD + len(titles))
        topic = self._topic(np.array(bodies, np.int64))
        return _features(self, document.lang, (title, body), ids, topic)

    def _view(self, text: TextField, ids: list[int], offset: int) -> FieldView:
        types = self.vocabulary.types
        words = [types[i] for i in ids]
        rows = np.array(ids, np.int64)
        starts = np.flatnonzero(self.vocabulary.starts[rows]).tolist()
        determiners = np.flatnonzero(self.vocabulary.determiner[rows]).tolist()
        matches = self._matches(words, starts)
        runs = runs_of(text, words, starts, matches)
        cues = np.concatenate(([0.0], np.cumsum(self.vocabulary.cue[rows]))).tolist()
        by_start = {m.start: m for m in matches}
        return FieldView(text, words, runs, matches, by_start, determiners, cues, offset)

    def _recased(self, words: list[str]) -> list[str]:
        """The words, or in a field all in capitals the words as they would be written otherwise."""
        letters = [w for w in words if w[0].isalpha()]
        if len(letters) < _FEW_WORDS or sum(map(str.isupper, letters)) < _SHOUTED * len(letters):
            return words
        return [self._usual(w) if w.isupper() else w for w in words]

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
        registry = self.registry
        packed_meanings, opens = registry.index()
        places = self.lists.places
        found: list[Match] = []
        count = len(words)
        free = 0
        for at in starts:
            if at < free:
                continue
            capital = words[at].capital
            key = words[at].folded
            best_end, best = at, ""
            end = at + 1
            while True:
                packed = packed_meanings(key, "")
                if key in places:
                    packed = packed + "|x:place" if packed else "x:place"
                if packed and (capital or end > at + 1):
                    best_end, best = end, packed
                if end >= count or end - at >= MAX_NAME_WORDS or not opens(key):
                    break
                key = f"{key} {words[end].folded}"
                end += 1
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
    flags_by_low = np.zeros(_DOCUMENT_BITS + 1, np.uint64)
    total = int(lengths.sum())
    if not total:
        empty = np.zeros((0, len(PLACES)), np.int64)
        return ArticleView(
            lang, fields, topic, empty, np.zeros((0, 0), np.uint64), lengths, flags_by_low
        )
    run_of = np.repeat(np.arange(len(starts)), lengths)
    at = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    place = starts[run_of] + at
    first, last = starts[run_of], ends[run_of]
    near = place[:, None] + np.arange(-_PAD, _PAD + 1)
    outside = np.stack([first - 2, first - 1, last, np.minimum(last + 1, len(ids) - 1)], axis=1)
    places = ids[np.concatenate([near, outside], axis=1)]

    low = vocabulary.low
    lows = low[places]
    here = places[:, _PAD]
    capital = vocabulary.capital[here]
    mine = (lows[:, _PAD] & np.uint64(_DOCUMENT_BITS)).astype(np.int64)
    counts = _document_words(
        vocabulary, fields, ids, (places, first, place, mine, capital), flags_by_low
    )
    flag = flags_by_low[mine] * capital
    often = np.minimum(counts[mine], np.uint64(4)) * capital

    code, begins, size_known, whole, code_after, code_before = _known(fields, starts, ends, total)
    size = np.minimum(lengths, 6).astype(np.uint64)[run_of]
    kinds = vocabulary.kind[here]
    pattern = _pattern(vocabulary, ids, starts, ends)[run_of]
    common = vocabulary.common[here]
    opening = _opening(vocabulary, fields, ids, starts)[run_of]
    opens = (opening * (1 + (at == 0))).astype(np.uint64)
    in_title = (place < fields[1].offset).astype(np.uint64)
    about = np.uint64(topic[0] * 4 + topic[1] + 1)
    at_ = np.minimum(at, 3).astype(np.uint64)
    zero = np.zeros(total, np.uint64)
    l2, l1, r1, r2 = lows[:, 1], lows[:, 2], lows[:, 4], lows[:, 5]
    b2, b1, a1, a2 = lows[:, 7], lows[:, 8], lows[:, 9], lows[:, 10]
    known = code + begins
    unknown = (code == 0).astype(np.uint64)
    small = (flag & np.uint64(ALSO_SMALL)) // np.uint64(ALSO_SMALL)
    pairs = (
        (pattern, zero),
        (pattern, b1),
        (pattern, a1),
        (b2, b1),
        (a1, a2),
        (b1, a1),
        (size, in_title),
        (known, size_known),
        (known, whole),
        (code_after, zero),
        (code_before, zero),
        (at_, size),
        (opens, zero),
        (opens, common * np.uint64(100) + small * np.uint64(10) + size),
        (about + zero, code),
        (about + zero, kinds * np.uint64(10) + size),
        (flag, capital.astype(np.uint64)),
        (often, capital.astype(np.uint64)),
        ((flag & np.uint64(15)) * np.uint64(10) + often, unknown),
        (l2, l1),
        (r1, r2),
    )
    slots = _slots(np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs]))
    return ArticleView(lang, fields, topic, places, slots, lengths, flags_by_low)


_K1, _K2, _K3, _K4 = (
    np.uint64(k)
    for k in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)


def _slots(a: Slots, b: Slots) -> Slots:
    """Slots of the weights for pairs of numbers [feature, word]."""
    template = np.arange(1, len(a) + 1, dtype=np.uint64)[:, None]
    mixed = a * _K1 ^ (b + template) * _K2 ^ template * _K3
    mixed ^= mixed >> np.uint64(29)
    slots: Slots = (mixed * _K4) >> np.uint64(64 - SLOT_BITS)
    return slots


def _document_words(
    vocabulary: Vocabulary,
    fields: tuple[FieldView, FieldView],
    ids: Ints,
    tokens: tuple[Ints, Ints, Ints, Ints, NDArray[np.bool_]],
    flags_by_low: Slots,
) -> Slots:
    """Fill in what the article says of each word elsewhere; give how often it is capitalised."""
    places, first, place, mine, capital = tokens
    mask = np.uint64(_DOCUMENT_BITS)
    plain = ids[~vocabulary.capital[ids]]
    small = np.zeros(_DOCUMENT_BITS + 1, np.bool_)
    small[(vocabulary.low[plain] & mask).astype(np.int64)] = True
    person = (vocabulary.given[ids[first]] & (place > first)) | vocabulary.title[places[:, 2]]
    flag = (
        person * np.uint64(PERSON)
        + vocabulary.legal[places[:, 4]] * np.uint64(LEGAL)
        + small[mine] * np.uint64(ALSO_SMALL)
    ) * capital
    np.bitwise_or.at(flags_by_low, mine, flag)
    for view in fields:
        for match in view.matches:
            if match.end - match.start > 1:
                bit = KNOWN if match.code[0] in "cl" else PLACE
                for i in range(match.start, match.end):
                    if view.words[i].capital:
                        row = ids[view.offset + i]
                        flags_by_low[int(vocabulary.low[row]) & _DOCUMENT_BITS] |= np.uint64(bit)
    counts = np.zeros(_DOCUMENT_BITS + 1, np.uint64)
    np.add.at(counts, mine, capital.astype(np.uint64))
    return counts


def _known(
    fields: tuple[FieldView, FieldView], starts: Ints, ends: Ints, total: int
) -> tuple[Slots, Slots, Slots, Slots, Slots, Slots]:
    """Of each word of a run: code of its match, whether it begins it, length, fit, neighbours."""
    code, begins, length, whole, after, before = np.zeros((6, total), np.uint64)
    at = 0
    for view in fields:
        matches, m = view.matches, 0
        for run in view.runs:
            while m < len(matches) and matches[m].end <= run.start:
                m += 1
            k = m
            while k < len(matches) and matches[k].start < run.end:
                match = matches[k]
                start, end = max(match.start, run.start), min(match.end, run.end)
                i, j = at + start - run.start, at + end - run.start
                number = code_number(match.code)
                code[i:j] = number
                begins[i] = 1
                length[i:j] = min(match.end - match.start, 3)
                whole[i:j] = 1 + 2 * (start == run.start) + (end == run.end)
                if start > run.start:
                    after[i - 1] = number
                if end < run.end:
                    before[j] = number
                k += 1
            at += run.end - run.start
    return code, begins, length, whole, after, before


def _pattern(vocabulary: Vocabulary, ids: Ints, starts: Ints, ends: Ints) -> Slots:
    """The kinds of the first five words of each run, as one number."""
    number = np.ones(len(starts), np.uint64)
    for k in range(5):
        inside = starts + k < ends
        kinds = vocabulary.kind[ids[np.minimum(starts + k, len(ids) - 1)]] + np.uint64(1)
        number = number * np.uint64(17) + kinds * inside
    return number


def _opening(
    vocabulary: Vocabulary, fields: tuple[FieldView, FieldView], ids: Ints, starts: Ints
) -> NDArray[np.int64]:
    """Whether a run stands where a sentence begins."""
    result = [
        int(not r.start or v.words[r.start - 1].text in SENTENCE_START)
        for v in fields
        for r in v.runs
    ]
    return np.array(result, np.int64)
