"""What readers' verdicts make of the events: wrong ones are taken back, right ones are certain."""

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from streams.articles.identity import event_id, utc
from streams.messages import EventType, Feedback, ParticipantRole, Subtype
from streams.relations.state import Entry, EventRecord

MOST_VERDICTS = 1_000

_EVENT_ID = re.compile(r"[0-9a-f]{32}")
_PAIR = re.compile(r"[^~\s]{1,80}~[^~\s]{1,80}")

# Of an event whose type a reader corrected: the finer terms of the old type do not fit.
_TERMS: dict[EventType, tuple[Subtype, ParticipantRole]] = {
    "competition": ("rivalry", "competitor"),
    "partnership": ("other", "partner"),
}


def checked(verdict: Feedback) -> Feedback:
    """The verdict with its time in UTC.

    Raises:
        ValueError: where it names no event, no pair, or a time that is none; says which.
    """
    if not _EVENT_ID.fullmatch(verdict.event_id):
        raise ValueError("`event_id` is not the id of an event")
    if not _PAIR.fullmatch(verdict.pair) or sorted(verdict.pair.split("~")) != verdict.pair.split(
        "~"
    ):
        raise ValueError("`pair` is not two company ids in order, joined by ~")
    for name, longest in (("who", 256), ("note", 4_000)):
        if len(getattr(verdict, name) or "") > longest:
            raise ValueError(f"`{name}` has more than {longest} characters")
    if verdict.given_at is None:
        return verdict
    try:
        return replace(verdict, given_at=utc(verdict.given_at))
    except ValueError:
        raise ValueError("`given_at` is not a date") from None


def given(verdicts: Mapping[str, Feedback], verdict: Feedback) -> dict[str, Feedback] | None:
    """The verdicts with one more; None where a later one on the same event holds."""
    known = verdicts.get(verdict.event_id)
    if known is not None and _order(known) > _order(verdict):
        return None
    after = {**verdicts, verdict.event_id: verdict}
    if len(after) > MOST_VERDICTS:
        oldest = sorted(after.values(), key=_order)[: len(after) - MOST_VERDICTS]
        for verdict in oldest:
            del after[verdict.event_id]
    return after


def judged(
    pair: str, article_id: str, entry: Entry, verdicts: Mapping[str, Feedback]
) -> Iterator[tuple[EventRecord, bool]]:
    """The events of an entry as readers left them, each with whether it is taken back."""
    if not verdicts:
        yield from ((event, False) for event in entry.events)
        return
    said = {event.event_id for event in entry.events}
    certain: set[str] = set()
    corrected: dict[str, EventRecord] = {}
    taken_back: set[str] = set()
    for event in entry.events:
        verdict = verdicts.get(event.event_id)
        if verdict is None:
            continue
        other = _corrected(pair, article_id, event, verdict)
        if other is not None:
            taken_back.add(event.event_id)
            corrected.setdefault(other.event_id, other)
        elif verdict.verdict == "wrong":
            taken_back.add(event.event_id)
        else:
            certain.add(event.event_id)
    for event in entry.events:
        sure = event.event_id in certain or event.event_id in corrected
        back = event.event_id in taken_back
        yield (replace(event, confidence=1.0) if sure and not back else event), back
    for id, event in corrected.items():
        if id not in said:
            verdict = verdicts.get(id)
            yield event, verdict is not None and verdict.verdict == "wrong"


def _corrected(
    pair: str, article_id: str, event: EventRecord, verdict: Feedback
) -> EventRecord | None:
    kind, status = verdict.type or event.type, verdict.status or event.status
    if kind == event.type and status == event.status:
        return None
    subtype, roles = event.subtype, event.roles
    if kind != event.type:
        subtype, role = _TERMS[kind]
        roles = (role, role)
    return replace(
        event,
        event_id=event_id(article_id, kind, pair, status),
        type=kind,
        status=status,
        subtype=subtype,
        roles=roles,
        confidence=1.0,
    )


def _order(verdict: Feedback) -> tuple[str, bytes]:
    return verdict.given_at or "", msgspec.json.encode(verdict)
