"""Detections and verdicts made for tests."""

from collections.abc import Sequence

from streams.articles.identity import digest, event_id
from streams.messages import (
    SUBTYPES,
    ArticleReference,
    Detection,
    Event,
    EventType,
    Evidence,
    Feedback,
    Participant,
    Relation,
    Status,
    StoryMark,
    Version,
)
from streams.relations.relate import Outcome, judge, relate
from streams.relations.rules import Rules
from streams.relations.state import PairState, decode, encode, time_text

PAIR = "microsoft~openai"
DAY = 86_400_000
START = 1_715_000_000_000  # May 2024
RULES = Rules()
VERSION = Version(program="1", registry="2", model="3")


def mark(text: str) -> StoryMark:
    """A mark in which all depends on `text`: equal texts are copies, others share nothing.

    Except `one+two`, which is half of one and half of the other, and so a copy of both.
    """
    parts = text.split("+")

    def sample(count: int, digits: int, kind: str) -> str:
        return "".join(digest(parts[i % len(parts)], kind, str(i))[:digits] for i in range(count))

    return StoryMark(
        content=digest(text)[:16],
        shingles=sample(16, 8, "shingle"),
        words=sample(20, 4, "word"),
        facts=sample(6, 4, "fact"),
    )


def event(
    article: str,
    kind: EventType = "competition",
    status: Status = "asserted",
    confidence: float = 1.0,
    pair: str = PAIR,
) -> Event:
    """An event as the detector gives it."""
    a, b = pair.split("~")
    role = "competitor" if kind == "competition" else "partner"
    return Event(
        event_id=event_id(article, kind, pair, status),
        type=kind,
        subtype=SUBTYPES[kind][0],
        status=status,
        participants=(
            Participant(id=a, name=a.title(), role=role),  # type: ignore[arg-type] # one of the roles
            Participant(id=b, name=b.title(), role=role),  # type: ignore[arg-type] # one of the roles
        ),
        pair=pair,
        confidence=confidence,
        evidence=Evidence(
            field="body", start=0, end=20, text=f"{a} and {b} in {article}", cues=("and",)
        ),
        article=ArticleReference(
            id=article, url=f"https://example.org/{article}", title=f"On {article}", lang="en"
        ),
        detected_at="2024-05-08T06:30:00Z",
        version=VERSION,
    )


def detection(
    article: str,
    *events: Event,
    day: float = 0.0,
    revision: str = "1",
    source: str | None = None,
    text: str | None = None,
) -> Detection:
    """What one revision of an article says of the pair."""
    time = START + round(day * DAY)
    return Detection(
        pair=PAIR,
        article_id=article,
        revision=f"{time:015d}|{revision}",
        event_time=time_text(time),
        source=source,
        story=mark(text or article) if events else None,
        events=events,
    )


def says(
    article: str,
    kind: EventType = "competition",
    status: Status = "asserted",
    confidence: float = 1.0,
    day: float = 0.0,
    source: str | None = None,
    text: str | None = None,
) -> Detection:
    """A detection of one event."""
    return detection(
        article, event(article, kind, status, confidence), day=day, source=source, text=text
    )


def run(
    messages: Sequence[Detection | Feedback], rules: Rules = RULES
) -> tuple[PairState, list[Outcome]]:
    """All messages one after the other; the state goes through its bytes each time."""
    state: PairState | None = None
    outcomes = []
    for message in messages:
        outcome = (
            judge(state, message, rules)
            if isinstance(message, Feedback)
            else relate(state, message, rules)
        )
        outcomes.append(outcome)
        state = decode(encode(outcome.state))
        assert state == outcome.state
    assert state is not None
    return state, outcomes


def said(relation: Relation | None) -> Relation | None:
    """The relation, or None where it says nothing any more."""
    if relation is None or relation.counts.competition + relation.counts.partnership == 0:
        return None
    return relation
