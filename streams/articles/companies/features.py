"""What the tagger sees of an article: runs of words that may belong to a name, and their features.

A run is a stretch of capitalised words with what may stand between them ("Bank of America",
"L'Oréal", "AT&T"). Only words of runs are tagged. A feature of a word *type* (spelling, how common it
is) counts at eleven places around the word tagged; a feature of the *token* needs the article and is
a pair of numbers hashed to a slot of the weights.
"""

from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.article import (
    ALSO_SMALL,
    DOCUMENT_BITS,
    KNOWN,
    LEGAL,
    PERSON,
    PLACE,
    ArticleView,
    Ints,
    Slots,
    Words,
)
from streams.articles.companies.vocabulary import (
    CAPITAL,
    COMMON_BIT,
    GIVEN,
    KIND_BIT,
    OPENING,
)
from streams.articles.companies.vocabulary import LEGAL as LEGAL_FORM
from streams.articles.companies.vocabulary import TITLE as PERSON_TITLE

PLACES = ("-3", "-2", "-1", "0", "1", "2", "3", "before2", "before", "after", "after2")
# The place of a word itself among these.
HERE = 3
_PAD = HERE
SLOT_BITS = 19


@lru_cache(maxsize=4096)
def code_number(code: str) -> int:
    """A number for a match code; 0 for none."""
    return crc32(code.encode()) | 1 if code else 0


def features(words: Words, lang: str, topic: tuple[int, int]) -> ArticleView:
    """The article with the features of each word of its runs, for the tagger."""
    vocabulary, fields, ids, facts = words.vocabulary, words.fields, words.ids, words.facts
    per_run = np.zeros((5, len(words.starts)), np.int64)
    per_run[0], per_run[1] = words.starts, words.ends
    starts, ends = per_run[:2]
    lengths = ends - starts
    total = int(lengths.sum())
    view = ArticleView(
        lang,
        fields,
        topic,
        facts,
        words.starts,
        words.ends,
        np.zeros((len(PLACES), 0), np.int64),
        np.zeros((0, 0), np.uint64),
        lengths,
        lengths.cumsum() - lengths,
        {},
    )
    if not total:
        return view
    offsets = view.offsets
    per_run[2] = np.minimum(lengths, 6)
    per_run[3] = _pattern(facts, starts, ends)
    per_run[4] = (facts.take(starts - 1) & OPENING) != 0
    first, last, size, pattern, opening = per_run.repeat(lengths, axis=1)
    at = np.arange(total)
    at -= offsets.repeat(lengths)
    place = first + at
    near = np.empty((len(PLACES), total), np.int64)
    np.add(place, _NEAR, out=near[: len(_NEAR)])
    np.subtract(first, _BEFORE, out=near[len(_NEAR) : -2])
    np.add(last, _AFTER, out=near[-2:])
    view.places = places = ids.take(near)

    lows = vocabulary.low.take(places)
    facts_near = facts.take(near[2:5])
    here = facts_near[1]
    capital = here & CAPITAL
    person = (facts.take(first) & GIVEN != 0) & (at > 0) | (facts_near[0] & PERSON_TITLE != 0)
    legal = (facts_near[2] & LEGAL_FORM) != 0
    own = person * _PERSON + legal * _LEGAL
    flag, often, view.flags_by_low = _document_words(words, lows[_PAD], capital, own)
    code, begins, size_known, whole, code_after, code_before = _known(
        words, offsets.tolist(), total
    )
    opens = opening * (1 + (at == 0))
    about = topic[0] * 4 + topic[1] + 1
    l2, l1, _, r1, r2 = lows[1:6]
    b2, b1, a1, a2 = lows[7:]
    known = code + begins
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
    b[13] = (here >> COMMON_BIT & 15) * 100 + small * _TEN + size.astype(np.uint64)
    a[14:16], b[14] = about, code
    b[15] = (here >> KIND_BIT) * 10 + size
    a[16], a[17], b[16:18] = flag, often, capital
    a[18], b[18] = (flag & _FOUR_FLAGS) * _TEN + often, code == 0
    a[19], b[19] = l2, l1
    a[20], b[20] = r1, r2
    view.slots = _slots(a, b)
    return view


_NEAR = np.arange(-_PAD, _PAD + 1)[:, None]
_BEFORE = np.array([[2], [1]])
_AFTER = np.array([[0], [1]])
_TEMPLATES = 21
_PERSON, _LEGAL, _SMALL, _TEN, _FOUR_FLAGS = (
    np.uint64(k) for k in (PERSON, LEGAL, ALSO_SMALL, 10, 15)
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
    words: Words, low: Slots, capital: NDArray[np.uint32], own: Slots
) -> tuple[Slots, Slots, dict[int, int]]:
    """What the article says elsewhere of each word of a run, and how often it is capitalised, up to 4.

    Args:
        words: all words of the article.
        low: hashes of the words of runs.
        capital: whether each of them has a capital, 0 or 1.
        own: what its own place says of it; overwritten.

    Returns:
        For each word of a run its flags and its number, and the flags of all by hash.
    """
    vocabulary = words.vocabulary
    mine = (low & np.uint64(DOCUMENT_BITS)).astype(np.int64)
    small = vocabulary.marked
    plain = vocabulary.low.take(words.ids[(words.facts & CAPITAL) == 0])
    plain = (plain & np.uint64(DOCUMENT_BITS)).astype(np.int64)
    small[plain] = True
    own += small.take(mine) * _SMALL
    small[plain] = False
    own *= capital
    numbers = mine.tolist()
    known = dict.fromkeys(numbers, 0)
    counts = known.copy()
    for number, flags, has_capital in zip(numbers, own.tolist(), capital.tolist(), strict=True):
        if has_capital:
            known[number] |= flags
            counts[number] += 1
    for match in words.matches:
        if match.end - match.start > 1:
            bit = KNOWN if match.code[0] in "cl" else PLACE
            for row in words.ids[match.start : match.end].tolist():
                of = vocabulary.types[row]
                if of.capital:
                    number = of.hash & DOCUMENT_BITS
                    known[number] = known.get(number, 0) | bit
    found = np.array([[known[n] for n in numbers], [min(counts[n], 4) for n in numbers]], np.uint64)
    found *= capital
    return found[0], found[1], known


def _known(
    words: Words, offsets: list[int], total: int
) -> tuple[Slots, Slots, Slots, Slots, Slots, Slots]:
    """Of each word of a run: code of its match, whether it begins it, length, fit, neighbours."""
    code, begins, length, whole, after, before = np.zeros((6, total), np.uint64)
    found: list[tuple[int, int, int, int, int]] = []
    left: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    starts, ends, r = words.starts, words.ends, 0
    count = len(starts)
    for match in words.matches:
        number = code_number(match.code)
        size = min(match.end - match.start, 3)
        while r < count and ends[r] <= match.start:
            r += 1
        k = r
        while k < count and starts[k] < match.end:
            run_start, run_end, at = starts[k], ends[k], offsets[k]
            start, end = max(match.start, run_start), min(match.end, run_end)
            i, j = at + start - run_start, at + end - run_start
            fit = 1 + 2 * (start == run_start) + (end == run_end)
            found.append((i, j - i, number, size, fit))
            if start > run_start:
                left.append((i - 1, number))
            if end < run_end:
                right.append((j, number))
            k += 1
    if found:
        first, sizes, *values = np.array(found, np.int64).T
        begins[first] = 1
        place = np.arange(int(sizes.sum())) + (first + sizes - sizes.cumsum()).repeat(sizes)
        for target, value in zip((code, length, whole), values, strict=True):
            target[place] = value.repeat(sizes)
    for places, side in ((left, after), (right, before)):
        if places:
            where, numbers = np.array(places, np.int64).T
            side[where] = numbers
    return code, begins, length, whole, after, before


def _pattern(facts: NDArray[np.uint32], starts: Ints, ends: Ints) -> Ints:
    """The kinds of the first five words of each run, as one number."""
    places = starts + _FIRST
    kinds = (facts.take(places) >> KIND_BIT) + 1
    kinds *= places < ends
    number: Ints = (kinds * _PLACE_VALUES).sum(axis=0)
    number += 17**5
    return number


_FIRST = np.arange(5)[:, None]
_PLACE_VALUES = np.array([[17**4], [17**3], [17**2], [17], [1]])
