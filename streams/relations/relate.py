"""The whole way of one detection: the state of its pair before, and after it with what to publish."""

from dataclasses import dataclass

import msgspec

from streams.articles.identity import digest, moment_of
from streams.messages import (
    CompanyReference,
    Counts,
    Detection,
    Event,
    Latest,
    Novelty,
    Relation,
    Shift,
)
from streams.relations.stance import stance
from streams.relations.state import Contribution, PairState
from streams.relations.strength import Report, strength

LATEST = 5


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of relations."""

    half_life_days: float = 180.0
    memory_days: float = 730.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """State of the pair after a message, and what to publish because of it."""

    state: PairState
    events: tuple[Event, ...]
    relation: Relation | None
    shifts: tuple[Shift, ...]


def relate(state: PairState | None, detection: Detection, rules: Rules) -> Outcome:
    """Take in what one revision of an article says of the pair.

    The same detection again publishes the same again and changes nothing; an older revision is passed over.
    """
    state = state or PairState(contributions={})
    known = state.contributions.get(detection.article_id)
    if known is not None and known.revision > detection.revision:
        return Outcome(state, (), None, ())
    if known is not None and known.revision == detection.revision:
        shifts = () if known.shift is None else (known.shift,)
        return Outcome(state, known.events + known.retracted, state.relation, shifts)
    events = tuple(_with_novelty(state, detection, event) for event in detection.events)
    kept = {event.event_id for event in events}
    before = () if known is None else known.events
    retracted = tuple(
        msgspec.structs.replace(event, retracted=True)
        for event in before
        if event.event_id not in kept
    )
    contribution = Contribution(
        revision=detection.revision,
        event_time=detection.event_time,
        source=detection.source,
        story=detection.story,
        events=events,
        retracted=retracted,
    )
    contributions = {**state.contributions, detection.article_id: contribution}
    cause = (events + retracted or (None,))[-1]
    relation = _relation(state, detection.pair, contributions, rules, cause)
    shift = _shift(state.relation, relation, cause, detection.event_time)
    if shift is not None:
        contributions[detection.article_id] = msgspec.structs.replace(contribution, shift=shift)
    after = PairState(contributions=contributions, relation=relation, verdicts=state.verdicts)
    return Outcome(after, events + retracted, relation, () if shift is None else (shift,))


def _with_novelty(state: PairState, detection: Detection, event: Event) -> Event:
    times = sorted(
        (contribution.event_time, article)
        for article, contribution in state.contributions.items()
        if article != detection.article_id
        and any(e.type == event.type for e in contribution.events)
    )
    earlier = [t for t in times if t <= (detection.event_time, detection.article_id)]
    first = earlier[0] if earlier else (detection.event_time, detection.article_id)
    sources = {state.contributions[article].source or article for _, article in earlier}
    sources.add(detection.source or detection.article_id)
    novelty = Novelty(
        story_id=digest("story", detection.pair, event.type, first[1]),
        rank=len(earlier) + 1,
        first_seen=first[0],
        sources=len(sources),
    )
    return msgspec.structs.replace(event, novelty=novelty, retracted=False)


def _relation(
    state: PairState,
    pair: str,
    contributions: dict[str, Contribution],
    rules: Rules,
    cause: Event | None,
) -> Relation | None:
    rows = sorted(
        (contribution.event_time, event.event_id, contribution, event)
        for contribution in contributions.values()
        for event in contribution.events
    )
    if not rows:
        if state.relation is None:
            return None
        none = Counts(competition=0, partnership=0, stories=0, sources=0)
        return msgspec.structs.replace(
            state.relation, stance="none", competition=0.0, partnership=0.0, counts=none, latest=()
        )
    last = moment_of(rows[-1][0])
    reports = [
        Report(_story(event), event.type, event.status, event.confidence, moment_of(time))
        for time, _, _, event in rows
    ]
    competition = strength(reports, "competition", last, rules.half_life_days)
    partnership = strength(reports, "partnership", last, rules.half_life_days)
    people = rows[-1][3].participants
    return Relation(
        pair=pair,
        companies=(
            CompanyReference(id=people[0].id, name=people[0].name),
            CompanyReference(id=people[1].id, name=people[1].name),
        ),
        stance=stance(
            competition, partnership, state.relation.stance if state.relation else "none"
        ),
        competition=round(competition, 9),
        partnership=round(partnership, 9),
        counts=Counts(
            competition=sum(event.type == "competition" for *_, event in rows),
            partnership=sum(event.type == "partnership" for *_, event in rows),
            stories=len({_story(event) for *_, event in rows}),
            sources=len({c.source or event.article.id for _, _, c, event in rows}),
        ),
        first_seen=rows[0][0],
        last_seen=rows[-1][0],
        latest=tuple(
            Latest(
                event_id=event.event_id,
                type=event.type,
                status=event.status,
                event_time=time,
                evidence=event.evidence.text,
                url=event.article.url,
            )
            for time, _, _, event in reversed(rows[-LATEST:])
        ),
    )


def _story(event: Event) -> str:
    return event.novelty.story_id if event.novelty else event.event_id


def _shift(
    before: Relation | None, after: Relation | None, cause: Event | None, at: str
) -> Shift | None:
    was = before.stance if before else "none"
    if after is None or cause is None or was == after.stance:
        return None
    return Shift(
        shift_id=digest("shift", after.pair, was, after.stance, cause.event_id, at),
        pair=after.pair,
        from_stance=was,
        to_stance=after.stance,
        before=before,
        after=after,
        event=cause,
        shifted_at=at,
    )
