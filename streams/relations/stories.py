"""Which reports of a pair are one story, and which are copies of one text.

Two reports are linked or not, whatever else is known; groups are what links connect. So the
grouping depends on the set of reports alone, and a report that is taken back leaves no trace.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from streams.relations.rules import MILLISECONDS_A_DAY
from streams.relations.state import Entry, EventRecord, Mark

SHINGLES, WORDS, FACTS = 16, 48, 32
COPY_DAYS = 30
STORY_DAYS = 4
# Share of the smaller sample of shingles from which on two texts are copies.
COPY_SHINGLES = 0.4
# Shares of words and facts together from which on two reports are of one story; what each day after the
# first half, and another subtype, take off. Of small samples a share says little: at least so many are
# taken to be there.
STORY_SCORE = 0.7
FREE_DAYS, DAY_COST = 0.5, 0.3
SUBTYPE_COST = 0.1
LEAST_WORDS, LEAST_FACTS = 8, 4

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
K = TypeVar("K", bound=Hashable)


def likeness(mark: Mark, others: Sequence[Mark]) -> tuple[Floats, Floats, Floats]:
    """Shares of shingles, words and facts that a mark has in common with each of others, 0 to 1."""
    return (
        _share(mark.shingles, [m.shingles for m in others], SHINGLES, ">u4", 4),
        _share(mark.words, [m.words for m in others], WORDS, ">u2", LEAST_WORDS),
        _share(mark.facts, [m.facts for m in others], FACTS, ">u2", LEAST_FACTS),
    )


def links(entry: Entry, others: Sequence[Entry]) -> tuple[Bools, Floats]:
    """Which of the others have a copy of the entry's text, and how surely each tells the same story."""
    copies, scores = np.zeros(len(others), dtype=bool), np.full(len(others), -np.inf)
    near = [
        place
        for place, other in enumerate(others)
        if other.mark is not None and abs(other.time - entry.time) <= COPY_DAYS * MILLISECONDS_A_DAY
    ]
    if entry.mark is None or not near:
        return copies, scores
    marks = [other.mark for place in near if (other := others[place]).mark is not None]
    shingles, words, facts = likeness(entry.mark, marks)
    days = np.array([abs(others[place].time - entry.time) for place in near]) / MILLISECONDS_A_DAY
    same = np.array([entry.mark.content == mark.content for mark in marks])
    told = words + facts - DAY_COST * np.maximum(0.0, days - FREE_DAYS)
    copies[near] = same | (shingles >= COPY_SHINGLES)
    scores[near] = np.where(days <= STORY_DAYS, told, -np.inf)
    scores[copies] = np.inf
    return copies, scores


def same_story(score: float, a: EventRecord, b: EventRecord) -> bool:
    """Whether events of two reports with this score of `links` are of one story."""
    cost = SUBTYPE_COST if a.subtype != b.subtype else 0.0
    return same_kind(a, b) and score - cost >= STORY_SCORE


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
        while edge and waiting:
            for position in linked(edge.pop()):
                if position in waiting:
                    del waiting[position]
                    group.append(position)
                    edge.append(position)
        found.append([keys[position] for position in sorted(group)])
    return found


def _share(mine: bytes, theirs: Sequence[bytes], size: int, kind: str, least: int) -> Floats:
    width = size * np.dtype(kind).itemsize
    own, count = _members(mine, kind), len(mine) // np.dtype(kind).itemsize
    shares = np.zeros(len(theirs))
    for place, their in enumerate(theirs):
        members = _members(their[:width], kind)
        shares[place] = len(own & members) / max(min(count, len(members)), least)
    return shares


# A set is some kilobytes.
@lru_cache(maxsize=2_048)
def _members(packed: bytes, kind: str) -> frozenset[int]:
    # The marks of a pair are compared again with every report of it.
    return frozenset(np.frombuffer(packed, dtype=kind).tolist()) - {0}
