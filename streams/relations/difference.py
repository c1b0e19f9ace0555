"""What differs between two runs over the same news: events and relations gained, lost, changed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from streams.articles.memory import ArticleState, remember
from streams.messages import Enriched, Event, Relation
from streams.relations.relate import relate
from streams.relations.relation import relation, standing_events
from streams.relations.rules import Rules
from streams.relations.state import PairState, milliseconds, published

STRENGTH = 1e-9
COMPARED = ("type", "subtype", "status", "participants", "confidence", "evidence", "amounts")


@dataclass(frozen=True, slots=True)
class Books:
    """How a run ended: the events that stand by id, and the relations by pair."""

    events: Mapping[str, Event] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangedEvent:
    """An event that both runs have, and the fields in which they differ."""

    before: Event
    after: Event
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedRelation:
    """A relation that differs; None on the side that does not have it."""

    pair: str
    before: Relation | None
    after: Relation | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What the second run has that the first has not, the other way round, and what both have otherwise."""

    gained: tuple[Event, ...] = ()
    lost: tuple[Event, ...] = ()
    changed: tuple[ChangedEvent, ...] = ()
    relations: tuple[ChangedRelation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.changed or self.relations)


def events_standing(messages: Iterable[Event]) -> dict[str, Event]:
    """The last word on each event in the order of publication, without those taken back."""
    last: dict[str, Event] = {}
    for event in messages:
        last[event.event_id] = event
    return {id: event for id, event in last.items() if not event.retracted}


def relations_standing(messages: Iterable[Relation]) -> dict[str, Relation]:
    """The latest relation of each pair, without those from which all was taken back."""
    last = {relation.pair: relation for relation in messages}
    return {pair: r for pair, r in last.items() if r.counts.competition + r.counts.partnership}


def states_of(articles: Iterable[Enriched], rules: Rules) -> dict[str, PairState]:
    """The state of each pair after enriched articles, as workers would end with them."""
    states: dict[str, ArticleState] = {}
    pairs: dict[str, PairState] = {}
    for article in articles:
        known = states.get(article.article_id)
        arrived = milliseconds(article.processed_at)
        states[article.article_id], detections = remember(known, article, arrived)
        for detection in detections:
            known_pair = pairs.get(detection.pair)
            pairs[detection.pair] = relate(known_pair, detection, rules).state
    return pairs


def books_of(articles: Iterable[Enriched], rules: Rules) -> Books:
    """The books after enriched articles, as workers would end with them."""
    states = states_of(articles, rules)
    events = {
        event.event_id: published(state, article_id, entry.article, event, False)
        for state in states.values()
        for article_id, entry, event in standing_events(state)
        if entry.article is not None
    }
    shown = (relation(state, rules) for state in states.values())
    return Books(events, relations_standing(r for r in shown if r is not None))


def difference(before: Books, after: Books, confidence: float = 0.0) -> Difference:
    """What changed from one run to another.

    An event whose status alone differs has another id in each run; it is told as changed, not as
    one lost and one gained.

    Args:
        before: the first run.
        after: the second run.
        confidence: differences of confidence up to this are none.
    """
    lost = {id: e for id, e in before.events.items() if id not in after.events}
    gained = {id: e for id, e in after.events.items() if id not in before.events}
    pairs = [(e, after.events[id]) for id, e in before.events.items() if id in after.events]
    for old in list(lost.values()):
        new = next((e for e in gained.values() if _same_fact(old, e)), None)
        if new is not None:
            del lost[old.event_id], gained[new.event_id]
            pairs.append((old, new))
    changed = (ChangedEvent(old, new, tuple(_fields(old, new, confidence))) for old, new in pairs)
    return Difference(
        gained=tuple(sorted(gained.values(), key=_place)),
        lost=tuple(sorted(lost.values(), key=_place)),
        changed=tuple(sorted((c for c in changed if c.fields), key=lambda c: _place(c.after))),
        relations=tuple(_relations(before.relations, after.relations)),
    )


def _same_fact(a: Event, b: Event) -> bool:
    return (a.article.id, a.pair, a.type) == (b.article.id, b.pair, b.type)


def _place(event: Event) -> tuple[str, str, str]:
    return event.article.id, event.pair, event.event_id


def _fields(old: Event, new: Event, confidence: float) -> Iterator[str]:
    for name in COMPARED:
        if name == "confidence":
            if abs(old.confidence - new.confidence) > confidence:
                yield name
        elif getattr(old, name) != getattr(new, name):
            yield name


def _relations(
    before: Mapping[str, Relation], after: Mapping[str, Relation]
) -> Iterator[ChangedRelation]:
    for pair in sorted({*before, *after}):
        old, new = before.get(pair), after.get(pair)
        if old is None or new is None or _differ(old, new):
            yield ChangedRelation(pair, old, new)


def _differ(old: Relation, new: Relation) -> bool:
    return (
        old.stance != new.stance
        or old.counts != new.counts
        or abs(old.competition - new.competition) > STRENGTH
        or abs(old.partnership - new.partnership) > STRENGTH
    )
