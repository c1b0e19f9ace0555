"""How strongly two companies compete, or work together: a number from 0 to 1 of a set of events.

Each story counts once, by its strongest report; independent stories add up as chances do
(1 - the product of what is missing); age halves a story's weight every half-life. The result depends on
the events and their times alone, not on the order of their arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from streams.messages import EventType, Status

WEIGHTS: dict[Status, float] = {
    "asserted": 1.0,
    "planned": 0.8,
    "rumoured": 0.4,
    "ended": 0.0,
    "denied": 0.0,
}
SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Report:
    """An event as far as strengths need it."""

    story: str
    type: EventType
    status: Status
    confidence: float
    time: datetime


def strength(
    reports: Iterable[Report], kind: EventType, as_of: datetime, half_life_days: float
) -> float:
    """Strength of the reports of one type at a moment, from 0 to 1."""
    best: dict[str, float] = {}
    for report in reports:
        if report.type == kind:
            age = max(0.0, (as_of - report.time).total_seconds() / SECONDS_A_DAY)
            weight = WEIGHTS[report.status] * report.confidence * 0.5 ** (age / half_life_days)
            best[report.story] = max(best.get(report.story, 0.0), weight)
    missing = 1.0
    for story in sorted(best):
        missing *= 1.0 - best[story]
    return 1.0 - missing
