"""What is remembered of a pair: what each article says of it, in its latest revision, kept compact.

Records are arrays without field names, encoded as MessagePack; what all events of an article share
is kept once. An event comes back from its record exactly as it was published.
"""

from datetime import UTC, datetime, timedelta

import msgspec

from streams.articles.identity import moment_of, rfc3339
from streams.messages import (
    Amount,
    ArticleReference,
    Event,
    EventType,
    Evidence,
    Feedback,
    FieldName,
    Novelty,
    Participant,
    ParticipantRole,
    Shift,
    Stance,
    Status,
    Subtype,
    Version,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Record(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Base of what is remembered: fields by position, defaults at the end left out."""


class AmountRecord(Record, frozen=True):
    """An amount told with an event."""

    text: str
    value: float
    unit: str


class EventRecord(Record, frozen=True):
    """An event without what it shares with the other events of its article.

    `story` is the story it belongs to now; `story_id`, `rank`, `first_seen` and `sources` are the
    novelty that was published.
    """

    event_id: str
    type: EventType
    subtype: Subtype
    status: Status
    roles: tuple[ParticipantRole, ParticipantRole]
    confidence: float
    field: FieldName
    start: int
    end: int
    text: str
    cues: tuple[str, ...]
    story: str
    story_id: str
    rank: int
    first_seen: int
    sources: int
    amounts: tuple[AmountRecord, ...] = ()


class ArticleRecord(Record, frozen=True):
    """What the events of an article say of it. `shared` points into `PairState.shared`."""

    shared: int
    detected_at: str
    title: str
    lang: str
    url: str | None = None
    published_at: str | None = None
    source: str | None = None


class Mark(Record, frozen=True):
    """The story mark as big-endian numbers of 4 (`shingles`) and 2 bytes (`words`, `facts`)."""

    content: bytes
    shingles: bytes = b""
    words: bytes = b""
    facts: bytes = b""


class Withdrawn(Record, frozen=True):
    """An event that an article said once, and what was said of the article then."""

    article: ArticleRecord
    event: EventRecord


class Entry(Record, frozen=True):
    """What one revision of an article says of the pair.

    `time` is the event time (ms since 1970); `text` names the group of copies of one text;
    `withdrawn` holds all events that were published because of the article and that it does not
    support any more.
    """

    revision: str
    time: int
    article: ArticleRecord | None = None
    source: str | None = None
    mark: Mark | None = None
    text: str = ""
    events: tuple[EventRecord, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()


class ShiftRecord(Record, frozen=True):
    """A shift that was published, and what message caused it."""

    cause: str
    shift: Shift


class Shared(Record, frozen=True):
    """What events of many articles have in common: company names and versions."""

    names: tuple[str, str]
    version: Version


class PairState(Record, frozen=True):
    """State of a pair: entries by article id, verdicts by event id, the latest shifts."""

    pair: str
    stance: Stance = "none"
    entries: dict[str, Entry] = {}
    shared: tuple[Shared, ...] = ()
    shifts: tuple[ShiftRecord, ...] = ()
    verdicts: dict[str, Feedback] = {}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PairState)


def encode(state: PairState) -> bytes:
    """The state as bytes."""
    return _encoder.encode(state)


def decode(data: bytes) -> PairState:
    """The state that `encode` wrote."""
    return _decoder.decode(data)


def article_record(event: Event, shared: int) -> ArticleRecord:
    """What an event says of its article."""
    article = event.article
    return ArticleRecord(
        shared=shared,
        detected_at=event.detected_at,
        title=article.title,
        lang=article.lang,
        url=article.url,
        published_at=article.published_at,
        source=article.source,
    )


def event_record(event: Event, novelty: Novelty, story: str) -> EventRecord:
    """An event with its novelty, as it is remembered."""
    proof = event.evidence
    return EventRecord(
        event_id=event.event_id,
        type=event.type,
        subtype=event.subtype,
        status=event.status,
        roles=(event.participants[0].role, event.participants[1].role),
        confidence=event.confidence,
        field=proof.field,
        start=proof.start,
        end=proof.end,
        text=proof.text,
        cues=proof.cues,
        story=story,
        story_id=novelty.story_id,
        rank=novelty.rank,
        first_seen=milliseconds(novelty.first_seen),
        sources=novelty.sources,
        amounts=tuple(AmountRecord(a.text, a.value, a.unit) for a in event.amounts),
    )


def published(
    state: PairState, article_id: str, article: ArticleRecord, record: EventRecord, retracted: bool
) -> Event:
    """The event as it is published."""
    ids = state.pair.split("~", 1)
    names, version = state.shared[article.shared].names, state.shared[article.shared].version
    return Event(
        event_id=record.event_id,
        type=record.type,
        subtype=record.subtype,
        status=record.status,
        participants=(
            Participant(id=ids[0], name=names[0], role=record.roles[0]),
            Participant(id=ids[1], name=names[1], role=record.roles[1]),
        ),
        pair=state.pair,
        confidence=record.confidence,
        evidence=Evidence(
            field=record.field,
            start=record.start,
            end=record.end,
            text=record.text,
            cues=record.cues,
        ),
        amounts=tuple(Amount(text=a.text, value=a.value, unit=a.unit) for a in record.amounts),
        article=ArticleReference(
            id=article_id,
            url=article.url,
            title=article.title,
            source=article.source,
            lang=article.lang,
            published_at=article.published_at,
        ),
        detected_at=article.detected_at,
        version=version,
        novelty=Novelty(
            story_id=record.story_id,
            rank=record.rank,
            first_seen=time_text(record.first_seen),
            sources=record.sources,
        ),
        retracted=retracted,
    )


def milliseconds(time: str) -> int:
    """An RFC 3339 time as milliseconds since 1970."""
    return (moment_of(time) - _EPOCH) // _MILLISECOND


def time_text(milliseconds: int) -> str:
    """Milliseconds since 1970 as RFC 3339."""
    return rfc3339(_EPOCH + milliseconds * _MILLISECOND)
