"""What should have come out, by the pure core alone, and what did."""

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from streams.articles.enrich import Analyst
from streams.articles.memory import remember
from streams.articles.rejection import Rejection
from streams.messages import Relation
from streams.relations.relate import relate
from streams.relations.rules import Rules
from streams.relations.state import PairState
from streams.wire.settings import Settings
from tests.broker.log import Record, read

SAME_STRENGTH = 1e-9


@dataclass(slots=True)
class Books:
    """Articles, rejections, events and relations of a run without faults."""

    enriched: set[str] = field(default_factory=set)
    rejected: int = 0
    events: set[str] = field(default_factory=set)
    relations: dict[str, Relation] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """How a run differs from one without faults. All but `repeated` must be 0."""

    lost: int = 0
    extra: int = 0
    repeated: int = 0
    lost_events: int = 0
    extra_events: int = 0
    differing_relations: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was lost and nothing is there that should not be."""
        return not (
            self.lost
            or self.extra
            or self.lost_events
            or self.extra_events
            or self.differing_relations
        )


def expected(
    analyst: Analyst, messages: Iterable[tuple[bytes | None, bytes]], rules: Rules
) -> Books:
    """The books of these messages by the pure core, one after the other, with no Kafka."""
    books = Books()
    states: dict[str, PairState] = {}
    # When an article comes matters only where it claims to be of the future.
    arrived_ms = int(time.time() * 1_000)
    for _, value in messages:
        try:
            enriched = analyst.enrich(value, "2026-01-01T00:00:00Z")
        except Rejection:
            books.rejected += 1
            continue
        books.enriched.add(enriched.article_id)
        books.events.update(event.event_id for event in enriched.events)
        _, detections = remember(None, enriched, arrived_ms)
        for detection in detections:
            outcome = relate(states.get(detection.pair), detection, rules)
            states[detection.pair] = outcome.state
            if outcome.relation is not None:
                books.relations[detection.pair] = outcome.relation
    return books


def compare(books: Books, settings: Settings) -> Verdict:
    """Compare the topics of a run with the books."""
    enriched = Counter(
        str(json.loads(r.value or b"{}")["article_id"]) for r in read(settings, "articles_enriched")
    )
    letters = Counter(_origin(r) for r in read(settings, "articles_rejected"))
    events = Counter(
        str(json.loads(r.value or b"{}")["event_id"])
        for handle in ("events_competition", "events_partnership")
        for r in read(settings, handle)
    )
    relations = {
        (r.key or b"").decode(): msgspec.json.decode(r.value or b"", type=Relation)
        for r in read(settings, "relations")
    }
    return Verdict(
        lost=len(books.enriched - enriched.keys()) + max(0, books.rejected - len(letters)),
        extra=len(enriched.keys() - books.enriched) + max(0, len(letters) - books.rejected),
        repeated=sum((enriched + events + letters).values())
        - len(enriched)
        - len(events)
        - len(letters),
        lost_events=len(books.events - events.keys()),
        extra_events=len(events.keys() - books.events),
        differing_relations=sum(
            not _same(relation, relations.get(pair)) for pair, relation in books.relations.items()
        )
        + len(relations.keys() - books.relations.keys()),
    )


def drained(books: Books, settings: Settings) -> bool:
    """Whether all articles and events are there."""
    enriched = {
        str(json.loads(r.value or b"{}")["article_id"]) for r in read(settings, "articles_enriched")
    }
    if not books.enriched <= enriched:
        return False
    if len({_origin(r) for r in read(settings, "articles_rejected")}) < books.rejected:
        return False
    events = {
        str(json.loads(r.value or b"{}")["event_id"])
        for handle in ("events_competition", "events_partnership")
        for r in read(settings, handle)
    }
    return books.events <= events


def _origin(record: Record) -> tuple[str, int, int]:
    letter = json.loads(record.value or b"{}")
    return letter["topic"], letter["partition"], letter["offset"]


def _same(a: Relation, b: Relation | None) -> bool:
    return (
        b is not None
        and a.stance == b.stance
        and abs(a.competition - b.competition) <= SAME_STRENGTH
        and abs(a.partnership - b.partnership) <= SAME_STRENGTH
        and a.counts == b.counts
    )
