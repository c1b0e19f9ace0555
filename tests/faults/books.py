"""What should have come out, by the pure core alone, and what did."""

import json
import time
from base64 import b64decode
from collections import defaultdict
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
    """How a run differs from one without faults. All but what came again must be 0.

    `consequences` counts articles that were refused as too large and had something come of them all the same.
    """

    lost: int = 0
    extra: int = 0
    repeated_at: list[int] = field(default_factory=list)
    lost_events: int = 0
    extra_events: int = 0
    differing_relations: int = 0
    consequences: int = 0

    @property
    def repeated(self) -> int:
        """Messages that came again under the same id."""
        return len(self.repeated_at)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost and nothing is there that should not be."""
        return not (
            self.lost
            or self.extra
            or self.lost_events
            or self.extra_events
            or self.differing_relations
            or self.consequences
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
    came = _came(settings)
    relations = {
        (r.key or b"").decode(): msgspec.json.decode(r.value or b"", type=Relation)
        for r in read(settings, "relations")
    }
    return Verdict(
        lost=len(books.enriched - came.enriched.keys())
        + max(0, books.rejected - len(came.letters)),
        extra=len(came.enriched.keys() - books.enriched)
        + max(0, len(came.letters) - books.rejected),
        repeated_at=[
            time
            for times in (*came.enriched.values(), *came.letters.values(), *came.events.values())
            for time in sorted(times)[1:]
        ],
        lost_events=len(books.events - came.events.keys()),
        extra_events=len(came.events.keys() - books.events),
        differing_relations=sum(
            not _same(relation, relations.get(pair)) for pair, relation in books.relations.items()
        )
        + len(relations.keys() - books.relations.keys()),
    )


def settled(books: Books, settings: Settings) -> bool:
    """Whether each article is enriched, or rejected because an output was too large for its topic."""
    came = _came(settings)
    return books.enriched <= came.enriched.keys() | came.too_large


def consequences(settings: Settings) -> int:
    """Articles that were refused as too large, and of which something else came before they are sent again."""
    came = _came(settings)
    refused = came.too_large - came.enriched.keys()
    told = {_field(record, "article_id") for record in read(settings, "detections")}
    return len(refused & told)


def drained(books: Books, settings: Settings) -> bool:
    """Whether all articles and events are there."""
    came = _came(settings)
    return (
        books.enriched <= came.enriched.keys()
        and len(came.letters) >= books.rejected
        and books.events <= came.events.keys()
    )


@dataclass(slots=True)
class _Came:
    """What the topics hold: of each id the times (ms) at which it was published."""

    enriched: dict[str, list[int]]
    letters: dict[str, list[int]]
    events: dict[str, list[int]]
    too_large: set[str]


def _came(settings: Settings) -> _Came:
    came = _Came(defaultdict(list), defaultdict(list), defaultdict(list), set())
    for record in read(settings, "articles_enriched"):
        came.enriched[_field(record, "article_id")].append(record.timestamp_ms)
    for record in read(settings, "articles_rejected"):
        # What was too large for its topic is sent again by the harness: it has to end enriched.
        if _field(record, "reason") == "result_too_large":
            came.too_large.add(str(json.loads(b64decode(_field(record, "value")))["id"]))
        else:
            came.letters[_field(record, "value")].append(record.timestamp_ms)
    for handle in ("events_competition", "events_partnership"):
        for record in read(settings, handle):
            came.events[_field(record, "event_id")].append(record.timestamp_ms)
    return came


def _field(record: Record, name: str) -> str:
    return str(json.loads(record.value or b"{}")[name])


def _same(a: Relation, b: Relation | None) -> bool:
    return (
        b is not None
        and a.stance == b.stance
        and abs(a.competition - b.competition) <= SAME_STRENGTH
        and abs(a.partnership - b.partnership) <= SAME_STRENGTH
        and a.counts == b.counts
    )
