"""The relation of a pair as its state tells it."""

from collections.abc import Iterator

from streams.messages import CompanyReference, Counts, Latest, Relation
from streams.relations.rules import Rules
from streams.relations.state import ArticleRecord, Entry, EventRecord, PairState, time_text
from streams.relations.strength import Report, Standing, order, sources, standings
from streams.relations.verdicts import judged

LATEST = 5


def standing_events(state: PairState) -> Iterator[tuple[str, Entry, EventRecord]]:
    """Article id, entry and event of all that is not taken back."""
    for article_id, entry in state.entries.items():
        for event, taken_back in judged(state.pair, article_id, entry, state.verdicts):
            if not taken_back:
                yield article_id, entry, event


def report(article_id: str, entry: Entry, event: EventRecord) -> Report:
    """The event as far as strengths need it."""
    return Report(
        time=entry.time,
        article=article_id,
        event_id=event.event_id,
        type=event.type,
        status=event.status,
        confidence=event.confidence,
        story=event.story,
        text=entry.text,
        source=entry.source or article_id,
    )


def history(state: PairState, rules: Rules) -> list[Standing]:
    """How the pair stood after each moment at which something was reported, oldest first."""
    reports = [report(*row) for row in standing_events(state)]
    return list(standings(reports, rules.half_life_ms))


def relation(state: PairState, rules: Rules) -> Relation | None:
    """The relation as of the latest event; None where nothing was ever said of the pair.

    Where all was taken back, the stance is `none` and all numbers are 0.
    """
    rows = [(report(*row), *row) for row in standing_events(state)]
    if not rows:
        return _nothing_left(state)
    rows.sort(key=lambda row: order(row[0]))
    reports = [row[0] for row in rows]
    *_, last = standings(reports, rules.half_life_ms)
    newest = rows[-1][2].article
    return Relation(
        pair=state.pair,
        companies=_companies(state, newest),
        stance=last.stance,
        competition=round(last.competition, 9),
        partnership=round(last.partnership, 9),
        counts=Counts(
            competition=sum(r.type == "competition" for r in reports),
            partnership=sum(r.type == "partnership" for r in reports),
            stories=len({(r.type, r.status in ("ended", "denied"), r.story) for r in reports}),
            sources=sources(reports),
        ),
        first_seen=time_text(reports[0].time),
        last_seen=time_text(reports[-1].time),
        latest=tuple(
            Latest(
                event_id=event.event_id,
                type=event.type,
                status=event.status,
                event_time=time_text(entry.time),
                evidence=event.text,
                url=entry.article.url if entry.article else None,
            )
            for _, _, entry, event in reversed(rows[-LATEST:])
        ),
    )


def _nothing_left(state: PairState) -> Relation | None:
    if not state.shared:
        return None
    times = [entry.time for entry in state.entries.values()]
    return Relation(
        pair=state.pair,
        companies=_companies(state, None),
        stance="none",
        competition=0.0,
        partnership=0.0,
        counts=Counts(competition=0, partnership=0, stories=0, sources=0),
        first_seen=time_text(min(times)),
        last_seen=time_text(max(times)),
        latest=(),
    )


def _companies(
    state: PairState, article: ArticleRecord | None
) -> tuple[CompanyReference, CompanyReference]:
    ids = state.pair.split("~", 1)
    names = state.shared[article.shared if article else -1].names
    return CompanyReference(id=ids[0], name=names[0]), CompanyReference(id=ids[1], name=names[1])
