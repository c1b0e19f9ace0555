"""The messages of the system as types. `schemas/` is the contract; a test holds the two together.

Times are RFC 3339 strings in UTC (`2024-05-08T06:30:00Z`). Offsets count Unicode code points in the
normalised field, half-open: `body[start:end] == text`.
"""

from functools import cache
from typing import Any, Literal, TypeVar

import msgspec

LONGEST_FAULT = 300

T = TypeVar("T", bound=msgspec.Struct)

FieldName = Literal["title", "body"]
MentionKind = Literal["name", "ticker", "product", "person", "reference"]
CompanyRole = Literal["actor", "source", "listing"]
EventType = Literal["competition", "partnership"]
Subtype = Literal[
    "rivalry",
    "product_rivalry",
    "market_share",
    "legal_dispute",
    "talent",
    "bidding",
    "alliance",
    "joint_venture",
    "investment",
    "supply",
    "licensing",
    "distribution",
    "integration",
    "other",
]
Status = Literal["asserted", "planned", "rumoured", "ended", "denied"]
ParticipantRole = Literal[
    "competitor",
    "challenger",
    "incumbent",
    "plaintiff",
    "defendant",
    "bidder",
    "partner",
    "venturer",
    "investor",
    "investee",
    "supplier",
    "customer",
    "licensor",
    "licensee",
    "distributor",
    "producer",
    "sponsor",
    "sponsored",
]
Stance = Literal["none", "rivals", "allies", "frenemies"]

SUBTYPES: dict[EventType, tuple[Subtype, ...]] = {
    "competition": (
        "rivalry",
        "product_rivalry",
        "market_share",
        "legal_dispute",
        "talent",
        "bidding",
    ),
    "partnership": (
        "alliance",
        "joint_venture",
        "investment",
        "supply",
        "licensing",
        "distribution",
        "integration",
        "other",
    ),
}


class Undecodable(ValueError):
    """Bytes that are not the message they should be. The text is printable and short: it may be logged."""


def decoded(data: bytes | None, kind: type[T]) -> T:
    """The message that these bytes hold.

    Raises:
        Undecodable: where they hold none; says what is wrong and where.
    """
    try:
        found: T = _decoder(kind).decode(data or b"")
    # msgspec lets the errors of strings that are no UTF-8 and of endless brackets pass.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(_printable(str(error))) from None
    return found


@cache
def _decoder(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def _printable(text: str) -> str:
    """What quotes the sender's own names of fields, so that it can stand in a log."""
    text = text[:LONGEST_FAULT]
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Message(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Base of every message: immutable, closed, absent rather than null."""


class Mention(Message, frozen=True, kw_only=True):
    """One place where the text names or points to a company."""

    field: FieldName
    start: int
    end: int
    text: str
    kind: MentionKind
    confidence: float


class Company(Message, frozen=True, kw_only=True):
    """A company of an article, with every place it is mentioned."""

    id: str
    name: str
    ticker: str | None = None
    country: str | None = None
    known: bool
    salience: float
    role: CompanyRole
    mentions: tuple[Mention, ...]


class Participant(Message, frozen=True, kw_only=True):
    """One side of an event."""

    id: str
    name: str
    role: ParticipantRole


class Evidence(Message, frozen=True, kw_only=True):
    """The sentence that an event rests on, and the words in it that tell it."""

    field: FieldName
    start: int
    end: int
    text: str
    cues: tuple[str, ...]


class Amount(Message, frozen=True, kw_only=True):
    """A sum of money (`unit` is an ISO 4217 code) or a share (`unit` is `percent`) told with an event."""

    text: str
    value: float
    unit: str


class ArticleReference(Message, frozen=True, kw_only=True):
    """What an event says of the article it came from."""

    id: str
    url: str | None = None
    title: str
    source: str | None = None
    lang: str
    published_at: str | None = None


class Version(Message, frozen=True, kw_only=True):
    """What produced a message: program, company registry and event model."""

    program: str
    registry: str
    model: str


class Novelty(Message, frozen=True, kw_only=True):
    """Where an event stands among the reports of the same story, as known when it was first published.

    `rank` counts reports in the order they came (1 is the first report), `first_seen` is the earliest
    event time among them, `sources` the independent ones: copies of one text are one source.
    """

    story_id: str
    rank: int
    first_seen: str
    sources: int


class Event(Message, frozen=True, kw_only=True):
    """A competition or partnership event between two companies, as one article tells it."""

    event_id: str
    type: EventType
    subtype: Subtype
    status: Status
    participants: tuple[Participant, Participant]
    pair: str
    confidence: float
    evidence: Evidence
    amounts: tuple[Amount, ...] = ()
    article: ArticleReference
    detected_at: str
    version: Version
    novelty: Novelty | None = None
    retracted: bool | None = None


class Article(Message, frozen=True, kw_only=True):
    """A raw article, decoded and normalised. `lang` is `und` where no supported language was told."""

    id: str
    url: str | None = None
    title: str = ""
    body: str = ""
    lang: str
    source: str | None = None
    published_at: str | None = None
    authors: tuple[str, ...] = ()
    deleted: bool = False
    content_hash: str


class Enriched(Message, frozen=True, kw_only=True):
    """An article with its companies and events."""

    article_id: str
    url: str | None = None
    title: str
    body: str
    lang: str
    source: str | None = None
    published_at: str | None = None
    authors: tuple[str, ...] = ()
    processed_at: str
    content_hash: str
    deleted: bool = False
    version: Version
    companies: tuple[Company, ...]
    events: tuple[Event, ...]


class StoryMark(Message, frozen=True, kw_only=True):
    """What tells whether two reports are of one story. All hexadecimal.

    `content` is a hash of the text, `shingles` a sample of its word triples (8 digits each), `words`
    its telling words and `facts` its numbers, names and companies (4 digits each).
    """

    content: str
    shingles: str = ""
    words: str = ""
    facts: str = ""


class Detection(Message, frozen=True, kw_only=True):
    """What one revision of an article says of one pair: all its events of the pair, or none any more.

    It replaces what an earlier revision of the article said; an older revision changes nothing.
    `revision` sorts the revisions of an article in code-point order. `event_time` is when it was
    published, or came to the broker where that is not known or cannot be.
    """

    pair: str
    article_id: str
    revision: str
    event_time: str
    source: str | None = None
    story: StoryMark | None = None
    events: tuple[Event, ...]


class CompanyReference(Message, frozen=True, kw_only=True):
    """A company of a pair."""

    id: str
    name: str


class Latest(Message, frozen=True, kw_only=True):
    """One of the latest events of a relation."""

    event_id: str
    type: EventType
    status: Status
    event_time: str
    evidence: str
    url: str | None = None


class Counts(Message, frozen=True, kw_only=True):
    """How many events a relation rests on. Retracted events do not count."""

    competition: int
    partnership: int
    stories: int
    sources: int


class Relation(Message, frozen=True, kw_only=True):
    """How two companies stand to each other. Strengths are of 0 to 1, as of `last_seen`.

    Where all was taken back, the stance is `none`, and strengths and counts are 0.
    """

    pair: str
    companies: tuple[CompanyReference, CompanyReference]
    stance: Stance
    competition: float
    partnership: float
    counts: Counts
    first_seen: str
    last_seen: str
    latest: tuple[Latest, ...]


class Shift(Message, frozen=True, kw_only=True):
    """A change of stance: the relation before (none for a new pair) and after, and the event behind it."""

    shift_id: str
    pair: str
    from_stance: Stance
    to_stance: Stance
    before: Relation | None = None
    after: Relation
    event: Event
    shifted_at: str


class Feedback(Message, frozen=True, kw_only=True):
    """What a reader says of an event. `pair` is the pair of the event, so that it finds its relation.

    `type` and `status` are what the event should have said: it is then retracted and published anew under
    the id that the corrected event has. Of several verdicts on an event the one given last holds.
    """

    event_id: str
    pair: str
    verdict: Literal["right", "wrong"]
    type: EventType | None = None
    status: Status | None = None
    who: str | None = None
    note: str | None = None
    given_at: str | None = None


class Rejected(Message, frozen=True, kw_only=True):
    """A message that could not be processed, and why. `value` and `key` are base64 of the original bytes."""

    reason: str
    step: str
    message: str
    topic: str
    partition: int
    offset: int
    key: str | None = None
    value: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    rejected_at: str
    version: Version
