"""Runs of words that may belong to a name: capitalised words and what may stand between them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.vocabulary import (
    AMPERSAND,
    APOSTROPHE,
    CAPITAL,
    COMMON_BIT,
    CONTINUES,
    DIGIT,
    GLUES,
    JOINS,
    KIND_BIT,
    KINDS,
    OPENING,
    PLUS,
    STARTS,
)

_VERY_COMMON = 9
_SMALL = KINDS.index("j")
_GOES_ON, _BEHIND_NUMBER, _ORDINARY = 1, 2, 4
_MOST_JOINERS = 4


@dataclass(slots=True)
class Match:
    """A stretch of words that the registry or the word lists know: word range, meanings, code."""

    start: int
    end: int
    packed: str
    code: str


@dataclass(slots=True)
class Run:
    """Words `start` to `end` (half-open) of a field."""

    start: int
    end: int


def runs_of(
    facts: NDArray[np.uint32], matches: list[Match], gap: Callable[[int], int]
) -> tuple[list[int], list[int]]:
    """Where runs begin and end among the words of an article.

    Args:
        facts: bits of the words (see `vocabulary`); between fields and around them stands row 0.
        matches: known names.
        gap: how many characters stand between a word and the one before it.
    """
    known = {i for m in matches for i in range(m.start, m.end)}
    named = {m.start for m in matches if m.code[0] in "cfkl"}
    inside = np.array(list(known), np.intp)
    begins = (facts & CAPITAL) != 0
    begins[inside] = (facts.take(inside) & STARTS) != 0
    solid = (facts & (CAPITAL | DIGIT)) != 0
    solid[inside] = True
    goes_on = (facts & CONTINUES) != 0
    goes_on[inside] = True
    ats = begins.nonzero()[0]
    before, after = facts.take(ats - 1), facts.take(ats + 1)
    ordinary = (before & OPENING) != 0
    ordinary &= (facts.take(ats) >> COMMON_BIT & 15) >= _VERY_COMMON
    ordinary &= after >> KIND_BIT == _SMALL
    codes = goes_on.take(ats + 1) * _GOES_ON + ordinary * _ORDINARY
    codes += ((before & DIGIT) != 0) * _BEHIND_NUMBER
    starts: list[int] = []
    ends: list[int] = []
    free = 0
    bits, whole = facts.data, solid.tobytes()
    for at, code in zip(ats.tolist(), codes.tolist(), strict=True):
        if at < free:
            continue
        end = _run_end(bits, whole, at, known, gap) if code & _GOES_ON else at + 1
        start = at
        if code & _BEHIND_NUMBER and at > free and gap(at) < 2:
            start -= 1
        free = end
        if code & _ORDINARY and end - start == 1 and at not in named:
            continue
        starts.append(start)
        ends.append(end)
    return starts, ends


def _run_end(
    bits: memoryview, whole: bytes, at: int, known: set[int], gap: Callable[[int], int]
) -> int:
    """The end of the run that begins at a word; `whole` says which words belong to it whatever follows."""
    end = at + 1
    while True:
        if whole[end]:
            end += 1
            continue
        word, following = bits[end], end + 1
        if word & GLUES:
            glued = gap(end) == 0
            if whole[following] and (word & AMPERSAND or (glued and gap(following) == 0)):
                end = following + 1
                continue
            if word & PLUS and glued:
                end += 1
                continue
            return end
        if not word & JOINS:
            return end
        while following - end < _MOST_JOINERS and bits[following] & (JOINS | APOSTROPHE):
            following += 1
        if not (bits[following] & CAPITAL or following in known):
            return end
        end = following + 1
