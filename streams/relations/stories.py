"""Which reports of a pair are one story, and which are copies of one text.

Two reports are linked or not, whatever else is known; groups are what links connect. So the
grouping depends on the set of reports alone, and a report that is taken back leaves no trace.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from streams.relations.rules import MILLISECONDS_A_DAY
from streams.relations.state import Entry, EventRecord, Mark

SHINGLES, WORDS, FACTS = 16, 48, 32
COPY_DAYS = 30
STORY_DAYS = 4
# Shares of the smaller sample that two marks have in common.
COPY_SHINGLES = 0.4
STORY_SCORE = 1.0

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


def likeness(mark: Mark, others: Sequence[Mark]) -> tuple[Floats, Floats, Floats]:
    """Shares of shingles, words and facts that a mark has in common with each of others, 0 to 1."""
    return (
        _share(mark.shingles, [m.shingles for m in others], SHINGLES, ">u4"),
        _share(mark.words, [m.words for m in others], WORDS, ">u2"),
        _share(mark.facts, [m.facts for m in others], FACTS, ">u2"),
    )


def links(entry: Entry, others: Sequence[Entry]) -> tuple[Bools, Bools]:
    """Which of the others have a copy of the entry's text, and which tell the same story."""
    if entry.mark is None or not others:
        none = np.zeros(len(others), dtype=bool)
        return none, none
    marks = [other.mark or _NO_MARK for other in others]
    shingles, words, facts = likeness(entry.mark, marks)
    days = np.array([abs(other.time - entry.time) for other in others]) / MILLISECONDS_A_DAY
    same = np.array([entry.mark.content == mark.content for mark in marks])
    copies = (same | (shingles >= COPY_SHINGLES)) & (days <= COPY_DAYS)
    told = score(shingles, words, facts, days) >= STORY_SCORE
    return copies, copies | (told & (days <= STORY_DAYS))


def score(shingles: Floats, words: Floats, facts: Floats, days: Floats) -> Floats:
    """How surely two reports tell one story: at or above `STORY_SCORE` they do."""
    likeness: Floats = 2.0 * shingles + 2.0 * words + 2.0 * facts - 0.05 * days
    return likeness


def same_kind(a: EventRecord, b: EventRecord) -> bool:
    """Whether two events can be of one story: what ends or denies a relation is news of its own."""
    return a.type == b.type and side(a) == side(b)


def side(event: EventRecord) -> str:
    """What an event says of its relation: that it holds, or that it ended, or is denied."""
    return event.status if event.status in ("ended", "denied") else "holds"


def groups(keys: Sequence[K], linked: Callable[[int], Iterable[int]]) -> list[list[K]]:
    """Connected groups of keys in their order; `linked` gives what is linked to a position."""
    found: list[list[K]] = []
    waiting = dict.fromkeys(range(len(keys)))
    while waiting:
        first = next(iter(waiting))
        del waiting[first]
        group, edge = [first], [first]
        while edge:
            for position in linked(edge.pop()):
                if position in waiting:
                    del waiting[position]
                    group.append(position)
                    edge.append(position)
        found.append([keys[position] for position in sorted(group)])
    return found


def _share(mine: bytes, theirs: Sequence[bytes], size: int, kind: str) -> Floats:
    width = size * np.dtype(kind).itemsize
    own = np.frombuffer(mine, dtype=kind)
    rows = np.frombuffer(b"".join(t.ljust(width, b"\0")[:width] for t in theirs), dtype=kind)
    rows = rows.reshape(len(theirs), size)
    common = (np.isin(rows, own) & (rows != 0)).sum(axis=1)
    smaller = np.minimum(len(own), (rows != 0).sum(axis=1))
    share: Floats = common / np.maximum(smaller, 1)
    return share


_NO_MARK = Mark(content=b"")
