"""Which concepts of the lexicon tell an event, and the plainest way they tell one."""

from collections.abc import Sequence
from functools import lru_cache

from streams.messages import EventType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONCEPTS: dict[EventType, frozenset[str]] = {
    "competition": _words(
        "COMPETE RIVAL RIVALRY COMPETITIVE CHALLENGE FIGHT BEAT RANK SHARE SUE SUIT COURT POACH "
        "BID UNDERCUT ALTERNATIVE REPLACE THREAT AGAINST FILE"
    ),
    "partnership": _words(
        "PARTNER PARTNERSHIP JOINT VENTURE DEAL CONTRACT SIGN SUPPLY SUPPLIER CUSTOMER ORDER "
        "SELECT WIN USE OUTSOURCE LEASE LICENCE DISTRIBUTE INTEGRATE SUPPORT INVEST STAKE ROUND "
        "SPONSOR SERVE"
    ),
}
OWNERSHIP = _words("ACQUIRE MERGE SUBSIDIARY")
_TELLING = CONCEPTS["competition"] | CONCEPTS["partnership"]
_AFTER_NODE = 4


@lru_cache(maxsize=4096)
def concept(label: str) -> str:
    """The concept of a class, whatever its part of speech."""
    return label.partition(".")[0]


def telling(labels: Sequence[str]) -> bool:
    """Whether any of the labels can tell an event."""
    return any(concept(label) in _TELLING for label in labels)


def plainly(tokens: Sequence[str]) -> list[EventType]:
    """Types of event that the tokens of a sentence tell in the plainest way.

    A cue stands between the two companies (`X`, `Y`), or right after them where they are one node
    (`XY`), with no other company and no word of ownership in between.
    """
    pair = [at for at, token in enumerate(tokens) if token in ("X", "Y", "XY")]
    if not pair:
        return []
    low, high = pair[0], pair[-1]
    if tokens[low] == "XY":
        high = low + 1 + _AFTER_NODE
    between = [concept(token) for token in tokens[low + 1 : high]]
    if "O" in between or not OWNERSHIP.isdisjoint(between):
        return []
    counts = {event: sum(c in names for c in between) for event, names in CONCEPTS.items()}
    most = max(counts.values())
    return [event for event, count in counts.items() if count and count == most]
