"""Stable names of things: article ids, canonical URLs, content hashes, event ids, times in UTC.

The same input gives the same id on every run and every machine.
"""

import hashlib
import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from streams.articles.rejection import Reason, Rejection

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|xtor|at_\w+|ref|cmp|ocid|igshid)$"
)
_SLUG_GAP = re.compile(r"[^a-z0-9]+")
_DATE_ONLY = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def digest(*parts: str) -> str:
    """128 bits over the parts, as 32 hexadecimal digits; no two lists of parts collide by joining."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(8, "big"))
        state.update(data)
    return state.hexdigest()


def checked_url(url: str) -> str:
    """The URL without white space around it. What is no http(s) URL is kept as a name of the page.

    Raises:
        Rejection: `bad_url`, where it holds white space or unprintable characters.
    """
    url = url.strip()
    if not url.isprintable() or " " in url:
        raise Rejection(
            Reason.BAD_URL, "decode", "`url` holds white space or unprintable characters."
        )
    return url


def canonical_url(url: str) -> str:
    """One form for the addresses of one page: scheme https, lower-case host, no tracking, no fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return url
    if parts.scheme.lower() not in ("http", "https") or not host:
        return url
    netloc = host if port in (None, 80, 443) else f"{host}:{port}"
    query = urlencode(
        sorted(
            (k, v)
            for k, v in parse_qsl(parts.query, keep_blank_values=True)
            if not _TRACKING.match(k)
        )
    )
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    if len(path) > 1:
        path = path.rstrip("/")
    return f"https://{netloc}{path}" + (f"?{query}" if query else "")


def content_hash(title: str, body: str) -> str:
    """Hash of the normalised text: equal for an unchanged article, whatever its other fields say."""
    return digest("content", title, body)


def article_id(given: str | None, url: str | None, title: str, body: str) -> str:
    """The id that was given, else one from the canonical URL, else one from the content."""
    if given is not None:
        return given
    if url is not None:
        return "url-" + digest("url", canonical_url(url))
    return "text-" + content_hash(title, body)


def pair_key(a: str, b: str) -> str:
    """Key of a company pair: both ids in code-point order, joined by `~`."""
    return f"{a}~{b}" if a <= b else f"{b}~{a}"


def event_id(article: str, event_type: str, pair: str, status: str) -> str:
    """Id of what one article says of one pair."""
    return digest("event", article, event_type, pair, status)


def slug(name: str) -> str:
    """A company id from a name: lower-case ASCII words joined by hyphens, at most 80 characters."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ").replace("+", " plus "))
    ascii_name = plain.encode("ascii", "ignore").decode().lower().replace("'", "")
    return _SLUG_GAP.sub("-", ascii_name).strip("-")[:80].strip("-") or digest("slug", name)[:12]


def utc(value: str) -> str:
    """An RFC 3339 or ISO 8601 date or time as RFC 3339 in UTC, to the millisecond where it has one.

    A time without zone is taken as UTC, a date as its first moment.

    Raises:
        ValueError: where `value` is no date between the years 1 and 9999.
    """
    value = value.strip()
    if not _DATE_ONLY.match(value[:10]):
        raise ValueError(value)
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(value) from None
    return rfc3339(moment)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC as text: `2024-05-08T06:30:00Z`, milliseconds only where there are any."""
    precision = "milliseconds" if moment.microsecond // 1000 else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def moment_of(value: str) -> datetime:
    """The moment that `utc` or `rfc3339` wrote."""
    return datetime.fromisoformat(value)
