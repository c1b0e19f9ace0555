"""RSS and Atom feeds: each entry an article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from streams.articles.identity import digest, rfc3339
from streams.articles.limits import DEFAULT_LIMITS
from streams.sources.deadline import deadline
from streams.sources.encoding import decoded
from streams.sources.pages import language_tag
from streams.sources.records import Bounds, Trouble, Unread

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a feed: a key that stays while its text changes, and the article's fields."""

    key: str
    fields: dict[str, Any]

    @property
    def value(self) -> bytes:
        """The article as JSON."""
        return orjson.dumps(self.fields)

    @property
    def digest(self) -> str:
        """Changes when the article does."""
        return digest("entry", self.value.decode())


def entries(
    data: bytes, *, source: str, content_type: str = "", bounds: Bounds
) -> Iterator[Entry | Unread]:
    """The entries of a feed, in its order; an entry that holds nothing gives an `Unread`.

    Args:
        data: the feed as it came.
        source: the file or address it came from.
        content_type: the Content-Type header it came with.
        bounds: what it may cost.

    Raises:
        Unread: `broken_feed` or `too_slow`.
    """
    import feedparser

    text = _DECLARATION.sub("", decoded(data, content_type), count=1)
    with deadline(bounds.parse_seconds):
        feed = feedparser.parse(
            text.encode("utf-8", "replace"),
            response_headers={
                "content-type": "application/xml; charset=utf-8",
                "content-location": source,
            },
            sanitize_html=False,
            resolve_relative_uris=source.startswith(("http://", "https://")),
        )
    if not feed.get("version") and not feed.entries:
        raise Unread(Trouble.BROKEN_FEED, "It is no RSS or Atom feed.")
    for entry in feed.entries[:MOST_ENTRIES]:
        yield _entry(entry, feed.feed, source)


def _entry(entry: Any, feed: Any, source: str) -> Entry | Unread:
    title = _text(entry.get("title"))
    bodies = [_text(part.get("value")) for part in entry.get("content", [])]
    body = max([*bodies, _text(entry.get("summary"))], key=len)
    link = _link(entry)
    if not title and not body:
        return Unread(Trouble.NO_TEXT, "The entry has neither title nor text.")
    guid = _text(entry.get("id")) or link or title
    fields: dict[str, Any] = {
        # The address gives the same id as the same page from another source; a guid does not.
        "id": None if link else "feed-" + digest("feed", source, guid),
        "url": link,
        "title": title,
        "body": body,
        "lang": language_tag(entry.get("title_detail", {}).get("language") or feed.get("language")),
        "source": _text(entry.get("source", {}).get("title") or feed.get("title"))[
            : DEFAULT_LIMITS.source
        ],
        "published_at": _moment(entry.get("published_parsed") or entry.get("updated_parsed")),
        "authors": [
            name[: DEFAULT_LIMITS.author]
            for author in entry.get("authors", [])[: DEFAULT_LIMITS.authors]
            if (name := _text(author.get("name")))
        ],
    }
    return Entry(guid, {name: value for name, value in fields.items() if value})


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _link(entry: Any) -> str | None:
    link = _text(entry.get("link"))
    proper = link.startswith(("http://", "https://")) and link.isprintable() and " " not in link
    return link if proper and len(link) <= DEFAULT_LIMITS.url else None


def _moment(parsed: object) -> str | None:
    """The nine numbers that feedparser gives, in UTC; None where they are no date."""
    try:
        return rfc3339(datetime(*tuple(parsed)[:6], tzinfo=UTC))  # type: ignore[arg-type, misc]
    except (TypeError, ValueError):
        return None
