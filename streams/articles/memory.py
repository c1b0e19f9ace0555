"""What is remembered of an article, so that a correction takes back what it said before."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from streams.articles.identity import digest, moment_of, rfc3339
from streams.articles.story import story_mark
from streams.messages import Detection, Enriched

MOST_PAIRS = 500
MOST_SUPERSEDED = 16
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
FARTHEST_AHEAD = timedelta(days=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ArticleState(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """The latest revision of an article, and all pairs that any revision of it spoke of.

    `text` and `version` tell whether the same revision comes again; `superseded` are the texts that
    were replaced, so that one that comes again late replaces nothing.
    """

    revision: str
    event_time: str
    text: str
    version: str
    pairs: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ArticleState)


def encode(state: ArticleState) -> bytes:
    """The state as bytes."""
    return _encoder.encode(state)


def decode(data: bytes) -> ArticleState:
    """The state that `encode` wrote."""
    return _decoder.decode(data)


def arrived(state: ArticleState) -> int:
    """When the remembered revision came to the broker, milliseconds since 1970."""
    return int(state.revision.split("|")[1])


def event_time(published_at: str | None, arrived_ms: int) -> str:
    """When it was published, as far as that can be: else when it came to the broker.

    Nothing is published before 1980 or more than a day after it came.
    """
    arrived = _EPOCH + timedelta(milliseconds=max(0, arrived_ms))
    if published_at is not None:
        published = moment_of(published_at)
        if EARLIEST <= published <= arrived + FARTHEST_AHEAD:
            return published_at
    return rfc3339(arrived)


def remember(
    state: ArticleState | None, enriched: Enriched, arrived_ms: int
) -> tuple[ArticleState, tuple[Detection, ...]]:
    """State after one revision, and what it says of each pair that any revision spoke of.

    An older revision changes nothing and says nothing; the same one again says the same again.

    Args:
        state: what is remembered of the article, None for a new one.
        enriched: the revision.
        arrived_ms: the broker's timestamp of the raw message, milliseconds since 1970.
    """
    text = _text(enriched)
    version = digest(*msgspec.structs.astuple(enriched.version))[:8]
    if state is not None and state.text == text:
        at, revision = state.event_time, state.revision
        if state.version != version:
            revision = _read_anew(revision)
    elif state is not None and text in state.superseded:
        return state, ()
    else:
        at = event_time(enriched.published_at, arrived_ms)
        revision = _revision(at, arrived_ms, enriched.content_hash)
        if state is not None and state.revision > revision:
            return state, ()
    found: dict[str, list[int]] = {}
    for index, event in enumerate(enriched.events):
        found.setdefault(event.pair, []).append(index)
    pairs = tuple(dict.fromkeys((*found, *(state.pairs if state else ()))))[:MOST_PAIRS]
    story = story_mark(enriched) if found else None
    detections = tuple(
        Detection(
            pair=pair,
            article_id=enriched.article_id,
            revision=revision,
            event_time=at,
            source=_source(enriched),
            story=story,
            events=tuple(enriched.events[i] for i in found.get(pair, ())),
        )
        for pair in pairs
    )
    return _after(state, revision, at, text, version, pairs), detections


def _after(
    state: ArticleState | None,
    revision: str,
    at: str,
    text: str,
    version: str,
    pairs: tuple[str, ...],
) -> ArticleState:
    superseded = state.superseded if state else ()
    if state is not None and state.text != text:
        superseded = (*superseded, state.text)[-MOST_SUPERSEDED:]
    return ArticleState(revision, at, text, version, pairs, superseded)


def _revision(at: str, arrived_ms: int, content_hash: str) -> str:
    """Sorts the revisions of an article: by event time, then arrival, then content."""
    time_ms = (moment_of(at) - _EPOCH) // timedelta(milliseconds=1)
    return f"{time_ms:015d}|{max(0, arrived_ms):015d}|{content_hash[:16]}|000"


def _read_anew(revision: str) -> str:
    """The revision of an unchanged text that another version of the program or its models reads."""
    rest, number = revision.rsplit("|", 1)
    return f"{rest}|{min(999, int(number) + 1):03d}"


def _text(enriched: Enriched) -> str:
    return digest(
        enriched.content_hash,
        enriched.published_at or "",
        enriched.source or "",
        enriched.url or "",
        str(enriched.deleted),
    )[:16]


def _source(enriched: Enriched) -> str | None:
    """Who says so: the source as given, else the host of the address."""
    if enriched.source:
        return enriched.source
    try:
        return urlsplit(enriched.url or "").hostname
    except ValueError:
        return None
