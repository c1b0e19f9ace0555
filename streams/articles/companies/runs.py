"""Runs of words that may belong to a name: capitalised words and what may stand between them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.vocabulary import GLUE, JOINERS, SENTENCE_START, Vocabulary, Word
from streams.articles.document import TextField

_VERY_COMMON = 9


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
    going = goes_on.tolist()
    going.append(False)
    count = len(words)
    runs: list[Run] = []
    free = 0
    for at in np.flatnonzero(begins).tolist():
        if at < free:
            continue
        start, end = at, at + 1
        if going[end]:
            end = _run_end(text, words, at, known)
        if (
            start > free
            and words[start - 1].digit
            and text.starts[start] - text.ends[start - 1] < 2
        ):
            start -= 1
        free = end
        word = words[start]
        if (
            end - start == 1
            and word.common >= _VERY_COMMON
            and start not in named
            and (not start or words[start - 1].text in SENTENCE_START)
            and end < count
            and words[end].kind == "j"
        ):
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
