"""Runs of words that may belong to a name: capitalised words and what may stand between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.vocabulary import GLUE, JOINERS, KINDS, Vocabulary, Word
from streams.articles.document import TextField

_VERY_COMMON = 9
_SMALL = KINDS.index("j")


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
    text: TextField,
    words: list[Word],
    rows: NDArray[np.int64],
    matches: list[Match],
    vocabulary: Vocabulary,
) -> list[Run]:
    """The runs of a field, whose words lie in these rows of the vocabulary."""
    known = {i for m in matches for i in range(m.start, m.end)}
    named = {m.start for m in matches if m.code[0] in "cfkl"}
    inside = np.array(list(known), np.intp)
    begins, goes_on = vocabulary.capital[rows], vocabulary.continues[rows]
    begins[inside] |= vocabulary.starts[rows[inside]]
    goes_on[inside] = True
    ats = np.flatnonzero(begins)
    before, after = ats - 1, np.minimum(ats + 1, len(rows) - 1)
    last = ats == len(rows) - 1
    goes_on = goes_on[after] & ~last
    behind_number = (ats > 0) & vocabulary.digit[rows[before]]
    opening = (ats == 0) | vocabulary.opening[rows[before]]
    ordinary = opening & (vocabulary.common[rows[ats]] >= _VERY_COMMON)
    ordinary &= (vocabulary.kind[rows[after]] == _SMALL) & ~last
    runs: list[Run] = []
    free = 0
    flags = goes_on.tolist(), behind_number.tolist(), ordinary.tolist()
    for at, goes, number, droppable in zip(ats.tolist(), *flags, strict=True):
        if at < free:
            continue
        end = _run_end(text, words, at, known) if goes else at + 1
        start = at
        if number and at > free and text.starts[at] - text.ends[at - 1] < 2:
            start -= 1
        free = end
        if droppable and end - start == 1 and at not in named:
            continue
        runs.append(Run(start, end))
    return runs


def _run_end(text: TextField, words: list[Word], at: int, known: set[int]) -> int:
    starts, ends = text.starts, text.ends
    count = len(words)
    end = at + 1
    while end < count:
        word = words[end]
        if word.capital or word.digit or end in known:
            end += 1
            continue
        nxt = end + 1
        if word.text in GLUE:
            glued = starts[end] == ends[end - 1]
            follows = nxt < count and (words[nxt].capital or words[nxt].digit or nxt in known)
            if follows and (word.text == "&" or (glued and starts[nxt] == ends[end])):
                end = nxt + 1
                continue
            if word.text == "+" and glued:
                end += 1
                continue
            break
        if word.low not in JOINERS:
            break
        while (
            nxt < count and nxt - end < 4 and (words[nxt].low in JOINERS or words[nxt].text in "'’")
        ):
            nxt += 1
        if nxt >= count or not (words[nxt].capital or nxt in known):
            break
        end = nxt + 1
    return end
