"""First step: bytes of a raw message to a checked article, its text still as it was sent."""

from dataclasses import dataclass
from typing import Any

import orjson

from streams.articles import identity
from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.articles.rejection import Reason, Rejection

STEP = "decode"


@dataclass(frozen=True, slots=True)
class RawArticle:
    """A raw article with checked fields. `title` and `body` are plain text or HTML, as sent."""

    id: str | None
    url: str | None
    title: str
    body: str
    lang: str | None
    source: str | None
    published_at: str | None
    authors: tuple[str, ...]
    deleted: bool


def decode(value: bytes | None, limits: Limits = DEFAULT_LIMITS) -> RawArticle:
    """Decode and check one raw message.

    Raises:
        Rejection: with the reason, where the message is not an article.
    """
    if not value:
        raise Rejection(Reason.EMPTY, STEP, "The message has no value.")
    if len(value) > limits.article_bytes:
        raise Rejection(
            Reason.TOO_LARGE,
            STEP,
            f"The message has {len(value)} bytes, more than {limits.article_bytes}.",
        )
    fields = _json_object(value)
    deleted = _typed(fields, "deleted", bool, "a boolean") or False
    title = _string(fields, "title", None) or ""
    body = _string(fields, "body", None) or ""
    url = _string(fields, "url", limits.url) or None
    raw_id = fields.get("id")
    article = RawArticle(
        id=None if raw_id is None else _id(_string(fields, "id", limits.id)),
        url=None if url is None else identity.checked_url(url),
        title=title,
        body=body,
        lang=_string(fields, "lang", 35) or None,
        source=(_string(fields, "source", limits.source) or "").strip() or None,
        published_at=_date(_string(fields, "published_at", 64)),
        authors=_authors(fields, limits),
        deleted=deleted,
    )
    if deleted:
        if article.id is None and article.url is None:
            raise Rejection(Reason.WITHDRAWAL_WITHOUT_ID, STEP, "The withdrawal names no article.")
    elif not title.strip() and not body.strip():
        raise Rejection(Reason.NO_TEXT, STEP, "The article has neither title nor body.")
    return article


def _json_object(value: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise _not_json(value, error) from None
    if not isinstance(fields, dict):
        raise Rejection(Reason.NOT_AN_OBJECT, STEP, f"The message is a JSON {_json_type(fields)}.")
    return fields


def _not_json(value: bytes, error: orjson.JSONDecodeError) -> Rejection:
    if "depth" in error.msg or "ecursion" in error.msg:
        return Rejection(Reason.TOO_DEEP, STEP, "The JSON is nested too deep.")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as fault:
        return Rejection(Reason.NOT_UTF8, STEP, f"The byte at position {fault.start} is not UTF-8.")
    place = f"line {error.lineno}, column {error.colno}"
    return Rejection(Reason.NOT_JSON, STEP, f"The message is not JSON ({place}).")


def _json_type(value: object) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _typed(fields: dict[str, Any], name: str, expected: type, words: str) -> Any:
    value = fields.get(name)
    if value is not None and type(value) is not expected:
        raise Rejection(
            Reason.WRONG_TYPE, STEP, f"`{name}` is a JSON {_json_type(value)}, not {words}."
        )
    return value


def _string(fields: dict[str, Any], name: str, longest: int | None) -> str | None:
    value: str | None = _typed(fields, name, str, "a string")
    if value is not None and longest is not None and len(value) > longest:
        raise Rejection(
            Reason.FIELD_TOO_LONG,
            STEP,
            f"`{name}` has {len(value)} characters, more than {longest}.",
        )
    return value


def _id(value: str | None) -> str:
    if not value or not value.strip() or not value.isprintable():
        raise Rejection(Reason.BAD_ID, STEP, "`id` is empty or holds unprintable characters.")
    return value


def _date(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return identity.utc(value)
    except ValueError:
        raise Rejection(Reason.BAD_DATE, STEP, "`published_at` is not a date.") from None


def _authors(fields: dict[str, Any], limits: Limits) -> tuple[str, ...]:
    value = fields.get("authors")
    if isinstance(value, str):
        value = [value]
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(a, str) for a in value):
        raise Rejection(Reason.WRONG_TYPE, STEP, "`authors` is not a list of strings.")
    if len(value) > limits.authors or any(len(a) > limits.author for a in value):
        raise Rejection(
            Reason.FIELD_TOO_LONG,
            STEP,
            f"`authors` has more than {limits.authors} names or one longer than {limits.author}.",
        )
    return tuple(value)
