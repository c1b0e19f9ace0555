"""How strongly two companies compete, and work together: two numbers of a set of reports.

Evidence is counted in certain reports. A story brings the weight of its best report (confidence
times the weight of its status), half as much again for a second independent source, a quarter for a
third, and so on up to twice the weight. Age halves evidence every half-life; an `ended` or `denied`
report takes its share of what there is. Strength is 1 - 2^-evidence: one certain report gives 0.5,
two 0.75, and

    strength later = 1 - (1 - strength) ^ (2 ^ -(days / half-life))

The reports are walked through in order of event time, so the result depends on the set of reports
and their times alone, not on the order of their arrival.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from streams.messages import EventType, Stance, Status
from streams.relations.stance import stance

WEIGHTS: dict[Status, float] = {"asserted": 1.0, "planned": 0.8, "rumoured": 0.4}
TURNS: dict[Status, float] = {"ended": 1.0, "denied": 0.5}


class Report(NamedTuple):
    """An event as far as strengths need it. `time` is in milliseconds.

    `story` names the story within its type, `text` the group of copies of one text, `source` who
    says so.
    """

    time: int
    article: str
    event_id: str
    type: EventType
    status: Status
    confidence: float
    story: str
    text: str
    source: str


class Standing(NamedTuple):
    """How a pair stands at a moment (`time` in milliseconds); strengths are from 0 to 1."""

    time: int
    competition: float
    partnership: float
    stance: Stance


@dataclass(slots=True)
class _Story:
    """A story as it was told so far: weight of its best report, and who told it."""

    best: float = 0.0
    brought: float = 0.0
    independent: int = 0
    texts: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)

    def heard(self, report: Report) -> None:
        """Count the report's source where it is independent of those before it."""
        if report.text not in self.texts and report.source not in self.sources:
            self.independent += 1
        self.texts.add(report.text)
        self.sources.add(report.source)


def order(report: Report) -> tuple[int, bool, str, str]:
    """Sorting key: event time, then what speaks for a relation before what ends it."""
    return report.time, report.status in TURNS, report.article, report.event_id


def standings(reports: Iterable[Report], half_life_ms: float) -> Iterator[Standing]:
    """How the pair stood after each moment at which something was reported, oldest first."""
    evidence: dict[EventType, float] = {"competition": 0.0, "partnership": 0.0}
    stories: dict[tuple[EventType, bool, str], _Story] = {}
    now: Stance = "none"
    before: int | None = None
    for time, moment in groupby(sorted(reports, key=order), key=attrgetter("time")):
        faded = 0.5 ** ((time - before) / half_life_ms) if before is not None else 1.0
        for side in evidence:
            evidence[side] *= faded
        for report in moment:
            turning = report.status in TURNS
            story = stories.setdefault((report.type, turning, report.story), _Story())
            story.heard(report)
            if turning:
                evidence[report.type] *= _turn(story, report)
            else:
                evidence[report.type] += _growth(story, report)
        competition, partnership = (1.0 - 0.5 ** evidence[side] for side in evidence)
        now = stance(competition, partnership, now)
        before = time
        yield Standing(time, competition, partnership, now)


def sources(reports: Iterable[Report]) -> int:
    """Independent sources: a report counts if neither source nor text were there before."""
    story = _Story()
    for report in sorted(reports, key=order):
        story.heard(report)
    return story.independent


def _growth(story: _Story, report: Report) -> float:
    story.best = max(story.best, WEIGHTS[report.status] * report.confidence)
    worth = story.best * (2.0 - 0.5 ** max(0, story.independent - 1))
    growth = max(0.0, worth - story.brought)
    story.brought = max(story.brought, worth)
    return growth


def _turn(story: _Story, report: Report) -> float:
    """What is left of the evidence; a story told again takes only what it did not take before."""
    share = TURNS[report.status] * report.confidence
    left = 1.0 - max(0.0, share - story.best) / (1.0 - story.best) if story.best < 1.0 else 1.0
    story.best = max(story.best, share)
    return left
