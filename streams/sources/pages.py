"""A web page as one article: its main text without the furniture, and what it says of itself."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson

from streams.articles.identity import rfc3339, utc
from streams.articles.limits import DEFAULT_LIMITS
from streams.sources.deadline import deadline
from streams.sources.encoding import decoded
from streams.sources.records import Bounds, Trouble, Unread

_TIME_METAS = (
    'meta[property="article:published_time"]',
    'meta[name="article:published_time"]',
    'meta[itemprop="datePublished"]',
    'meta[name="date"]',
    'meta[name="DC.date.issued"]',
    'meta[name="dcterms.created"]',
)
_TIME_IN_DATA = re.compile(r'"datePublished"\s*:\s*"([0-9T:.+Z -]{8,40})"')
_NAME_IN_META = ('meta[property="og:site_name"]', 'meta[name="application-name"]')


def article(
    data: bytes,
    *,
    url: str | None = None,
    content_type: str = "",
    seen_at: str | None = None,
    any_text: bool = False,
    bounds: Bounds,
) -> bytes:
    """The article of an HTML page.

    Args:
        data: the page as it came.
        url: its address; the page's canonical address is taken before it, where both have one host.
        content_type: the Content-Type header it came with.
        seen_at: when it was fetched (RFC 3339): the time of publication where the page tells none.
        any_text: take a page without recognisable main text whole, as it is.
        bounds: what it may cost.

    Raises:
        Unread: `no_text`, `broken_page` or `too_slow`.
    """
    from selectolax.lexbor import LexborHTMLParser

    text = decoded(data, content_type)
    with deadline(bounds.parse_seconds):
        tree = LexborHTMLParser(text)
        address = _canonical(tree, url)
        found = _main_text(text, address)
        published = _published(tree) or _day(found.get("date")) or seen_at
        name = _site_name(tree) or found.get("sitename")
    body = found.get("text") or ""
    if not body.strip() and any_text:
        body = text
    title = found.get("title") or _title(tree)
    if title and body.startswith(f"{title}\n"):
        body = body[len(title) :].lstrip()
    if not body.strip() and not (any_text and title):
        raise Unread(Trouble.NO_TEXT, "No main text was found in the page.")
    fields = {
        "url": address,
        "title": title,
        "body": body,
        "lang": _language(tree),
        "source": str(name or (urlsplit(address).hostname if address else "") or "")[
            : DEFAULT_LIMITS.source
        ],
        "published_at": published,
        "authors": _authors(found.get("author")),
    }
    return orjson.dumps({name: value for name, value in fields.items() if value})


def _main_text(text: str, url: str | None) -> dict[str, Any]:
    import trafilatura

    try:
        found = trafilatura.bare_extraction(
            text, url=url, include_comments=False, include_tables=False, with_metadata=True
        )
    except (ValueError, TypeError, AssertionError, RecursionError, LookupError) as error:
        raise Unread(
            Trouble.BROKEN_PAGE, f"The page cannot be parsed ({type(error).__name__})."
        ) from None
    if found is None:
        return {}
    return found if isinstance(found, dict) else found.as_dict()


def _attribute(tree: Any, selector: str, name: str) -> str:
    node = tree.css_first(selector)
    return str((node.attributes.get(name) if node is not None else "") or "").strip()


def _canonical(tree: Any, url: str | None) -> str | None:
    href = _attribute(tree, 'link[rel="canonical"]', "href") or _attribute(
        tree, 'meta[property="og:url"]', "content"
    )
    if not href:
        return url
    try:
        address = urljoin(url or "", href)
        parts = urlsplit(address)
        same = url is None or parts.hostname == urlsplit(url).hostname
    except ValueError:
        return url
    # A page that names another host, or the front page, would make many articles one.
    front = parts.path in ("", "/") and not parts.query
    proper = parts.scheme in ("http", "https") and address.isprintable() and " " not in address
    return address if same and proper and not (front and url) else url


def _published(tree: Any) -> str | None:
    for selector in _TIME_METAS:
        moment = moment_of(_attribute(tree, selector, "content"))
        if moment:
            return moment
    for node in tree.css('script[type="application/ld+json"]'):
        match = _TIME_IN_DATA.search(node.text(deep=True)[:100_000])
        moment = moment_of(match[1]) if match else None
        if moment:
            return moment
    return moment_of(_attribute(tree, "time[datetime]", "datetime"))


def moment_of(value: str | None) -> str | None:
    """A time as pages and feeds write it, RFC 3339 in UTC; None where it is none."""
    if not value:
        return None
    try:
        return utc(value)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
        return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError):
        return None


def _day(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return rfc3339(datetime.strptime(value[:10], "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        return None


def _site_name(tree: Any) -> str:
    return next((n for s in _NAME_IN_META if (n := _attribute(tree, s, "content"))), "")


def _title(tree: Any) -> str:
    node = tree.css_first("title")
    return " ".join(node.text(deep=True).split()) if node is not None else ""


def _language(tree: Any) -> str | None:
    return language_tag(_attribute(tree, "html", "lang"))


def language_tag(value: str | None) -> str | None:
    """The primary part of a language tag, such as `fr` of `fr-CA`; None where it is none."""
    tag = (value or "").strip().lower().replace("_", "-").split("-")[0]
    return tag if tag.isascii() and tag.isalpha() and 2 <= len(tag) <= 3 else None


def _authors(value: object) -> list[str]:
    if not isinstance(value, str):
        return []
    names = [name.strip()[: DEFAULT_LIMITS.author] for name in value.split(";")]
    return [name for name in names if name][: DEFAULT_LIMITS.authors]
