"""The whole way of one message about a pair: state before, state after, and what to publish."""

from dataclasses import dataclass

from msgspec.structs import replace

from streams.articles.identity import digest
from streams.articles.story import company_fact
from streams.messages import Detection, Event, Feedback, Novelty, Relation, Shift, StoryMark
from streams.relations import grouping
from streams.relations.relation import relation, report
from streams.relations.rules import Rules
from streams.relations.state import (
    ArticleRecord,
    Entry,
    EventRecord,
    Mark,
    PairState,
    Shared,
    ShiftRecord,
    Withdrawn,
    article_record,
    event_record,
    milliseconds,
    published,
    time_text,
)
from streams.relations.strength import sources
from streams.relations.verdicts import given, judged

MOST_SHIFTS = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """State of the pair after a message, and what to publish because of it."""

    state: PairState
    events: tuple[Event, ...] = ()
    relation: Relation | None = None
    shifts: tuple[Shift, ...] = ()


def relate(state: PairState | None, detection: Detection, rules: Rules) -> Outcome:
    """Take in what one revision of an article says of the pair.

    The same detection again publishes the same again and changes nothing; an older revision is
    passed over.
    """
    state = state or PairState(pair=detection.pair)
    article_id = detection.article_id
    known = state.entries.get(article_id)
    cause = f"{detection.revision}|{article_id}"
    if known is not None and known.revision > detection.revision:
        return Outcome(state)
    if known is not None and known.revision == detection.revision:
        return _again(state, article_id, cause, rules)
    others = (
        state.entries if known is None else grouping.remove(state.pair, state.entries, article_id)
    )
    state_with_names, entry = _entry(state, detection, known)
    entries = grouping.insert(state.pair, others, article_id, entry)
    entry = _with_novelty(entries, article_id, known)
    taken_in = replace(state_with_names, entries={**entries, article_id: entry})
    taken_in = _with_withdrawn(taken_in, article_id, _published_before(state, article_id))
    remembered = replace(taken_in, entries=_remembered(taken_in, rules))
    return _outcome(
        state, remembered, _events(taken_in, article_id), cause, detection.event_time, rules
    )


def judge(state: PairState | None, verdict: Feedback, rules: Rules) -> Outcome:
    """Take in what a reader says of an event of the pair.

    A verdict on an event that is not known (yet) is kept, and holds when the event comes.
    """
    state = state or PairState(pair=verdict.pair)
    verdicts = given(state.verdicts, verdict)
    if verdicts is None:
        return Outcome(state)
    cause = f"verdict|{verdict.event_id}|{verdict.given_at}"
    article_id = _article_of(replace(state, verdicts=verdicts), verdict.event_id)
    if state.verdicts.get(verdict.event_id) == verdict:
        return Outcome(state) if article_id is None else _again(state, article_id, cause, rules)
    after = replace(state, verdicts=verdicts)
    if article_id is None:
        return Outcome(after)
    after = _with_withdrawn(after, article_id, _published_before(state, article_id))
    at = verdict.given_at or time_text(state.entries[article_id].time)
    return _outcome(state, after, _events(after, article_id), cause, at, rules)


def _again(state: PairState, article_id: str, cause: str, rules: Rules) -> Outcome:
    return Outcome(
        state,
        _events(state, article_id),
        relation(state, rules),
        tuple(record.shift for record in state.shifts if record.cause == cause),
    )


def _entry(state: PairState, detection: Detection, known: Entry | None) -> tuple[PairState, Entry]:
    """The state with the names of the detection, and its entry, not yet in groups."""
    article, shared = None, state.shared
    if detection.events:
        event = detection.events[0]
        names = (event.participants[0].name, event.participants[1].name)
        common = Shared(names=names, version=event.version)
        if common not in shared:
            shared = (*shared, common)
        article = article_record(event, shared.index(common))
    time = milliseconds(detection.event_time)
    unknown = Novelty(story_id="", rank=1, first_seen=detection.event_time, sources=1)
    entry = Entry(
        revision=detection.revision,
        time=time,
        article=article,
        source=detection.source,
        mark=_mark(state.pair, detection.story) if detection.events and detection.story else None,
        events=tuple(event_record(event, unknown, "") for event in detection.events),
        withdrawn=known.withdrawn if known else (),
    )
    return replace(state, shared=shared), entry


def _mark(pair: str, story: StoryMark) -> Mark:
    """The mark as bytes; that the pair is in the text is no news."""
    own = {company_fact(id) for id in pair.split("~", 1)}
    facts = (story.facts[i : i + 4] for i in range(0, len(story.facts), 4))
    return Mark(
        bytes.fromhex(story.content),
        bytes.fromhex(story.shingles),
        bytes.fromhex(story.words),
        bytes.fromhex("".join(fact for fact in facts if fact not in own)),
    )


def _with_novelty(entries: grouping.Entries, article_id: str, known: Entry | None) -> Entry:
    """The entry with the novelty of its events; what was published before keeps the one it had."""
    entry = entries[article_id]
    before = {
        event.event_id: event
        for event in (
            *(known.events if known else ()),
            *(w.event for w in (known.withdrawn if known else ())),
        )
    }
    return replace(
        entry,
        events=tuple(
            _novelty_of(before[event.event_id], event)
            if event.event_id in before
            else _new_novelty(entries, article_id, entry, event)
            for event in entry.events
        ),
    )


def _novelty_of(before: EventRecord, event: EventRecord) -> EventRecord:
    return replace(
        event,
        story_id=before.story_id,
        rank=before.rank,
        first_seen=before.first_seen,
        sources=before.sources,
    )


def _new_novelty(
    entries: grouping.Entries, article_id: str, entry: Entry, event: EventRecord
) -> EventRecord:
    told = list(grouping.tellers(entries, event.story))
    return replace(
        event,
        story_id=event.story,
        rank=len({id for id, _, _ in told if id != article_id}) + 1,
        first_seen=min(e.time for _, e, _ in told),
        sources=sources(report(*row) for row in told),
    )


def _published_before(state: PairState, article_id: str) -> tuple[Withdrawn, ...]:
    entry = state.entries.get(article_id)
    if entry is None or entry.article is None:
        return ()
    return tuple(
        Withdrawn(entry.article, event)
        for event, _ in judged(state.pair, article_id, entry, state.verdicts)
    )


def _with_withdrawn(state: PairState, article_id: str, before: tuple[Withdrawn, ...]) -> PairState:
    """The state with all that was published because of the article before and is not any more."""
    entry = state.entries[article_id]
    said = {e.event_id for e, _ in judged(state.pair, article_id, entry, state.verdicts)}
    withdrawn = {w.event.event_id: w for w in (*entry.withdrawn, *before)}
    kept = tuple(w for id, w in withdrawn.items() if id not in said)
    return replace(state, entries={**state.entries, article_id: replace(entry, withdrawn=kept)})


def _remembered(state: PairState, rules: Rules) -> grouping.Entries:
    """The entries within memory: the newest ones, and none much older than the newest.

    Articles that say nothing any more are remembered apart, so that they push no others out.
    """
    entries = state.entries
    for saying in (True, False):
        kind = [id for id, entry in state.entries.items() if bool(entry.events) == saying]
        by_age = sorted(kind, key=lambda id: (entries[id].time, id))
        surplus = max(0, len(kind) - rules.most_articles)
        for position, id in enumerate(by_age):
            if (
                position >= surplus
                and entries[id].time >= entries[by_age[-1]].time - rules.memory_ms
            ):
                break
            entries = grouping.remove(state.pair, entries, id)
    return entries


def _events(state: PairState, article_id: str) -> tuple[Event, ...]:
    """All events of an article as they stand, what was taken back among them."""
    entry = state.entries[article_id]
    events: list[Event] = []
    if entry.article is not None:
        events.extend(
            published(state, article_id, entry.article, event, taken_back)
            for event, taken_back in judged(state.pair, article_id, entry, state.verdicts)
        )
    events.extend(published(state, article_id, w.article, w.event, True) for w in entry.withdrawn)
    return tuple(events)


def _outcome(
    before: PairState,
    after: PairState,
    events: tuple[Event, ...],
    cause: str,
    at: str,
    rules: Rules,
) -> Outcome:
    now = relation(after, rules)
    if now is None:
        return Outcome(after, events)
    if now.stance == before.stance:
        return Outcome(after, events, now)
    event = _behind(before, now, events)
    if event is None:
        return Outcome(after, events, now)
    shift = Shift(
        shift_id=digest("shift", now.pair, before.stance, now.stance, cause),
        pair=now.pair,
        from_stance=before.stance,
        to_stance=now.stance,
        before=relation(before, rules) if before.entries else None,
        after=now,
        event=event,
        shifted_at=at,
    )
    shifts = (*before.shifts, ShiftRecord(cause, shift))[-MOST_SHIFTS:]
    return Outcome(replace(after, stance=now.stance, shifts=shifts), events, now, (shift,))


def _behind(before: PairState, now: Relation, events: tuple[Event, ...]) -> Event | None:
    """The event behind a change of stance: of the side that changed, if there is one."""
    was = before.stance in ("rivals", "frenemies"), before.stance in ("allies", "frenemies")
    is_ = now.stance in ("rivals", "frenemies"), now.stance in ("allies", "frenemies")
    changed = {
        side for side, a, b in zip(("competition", "partnership"), was, is_, strict=True) if a != b
    }
    ranked = sorted(
        events, key=lambda e: (e.type not in changed, bool(e.retracted) == (now.stance != "none"))
    )
    return ranked[0] if ranked else None


def _article_of(state: PairState, event_id: str) -> str | None:
    """The article that an event came from, be it as read or as corrected by a reader."""
    for article_id, entry in state.entries.items():
        for event, _ in judged(state.pair, article_id, entry, state.verdicts):
            if event.event_id == event_id:
                return article_id
        if any(w.event.event_id == event_id for w in entry.withdrawn):
            return article_id
    return None


__all__ = ["ArticleRecord", "Outcome", "Rules", "judge", "relate"]
