"""What in a rejected article is to blame: the place, and the text there as it was sent.

The text is the sender's, unescaped: whoever shows it escapes it.
"""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import orjson

from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.articles.normalise import forbidden_characters, tag_count
from streams.articles.rejection import Reason

AROUND = 40
LONGEST = 120
MOST = 8
_STRINGS = ("id", "url", "title", "body", "lang", "source", "published_at")
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


class Cause(NamedTuple):
    """One place in a message: what it is called, and the text there, cut short."""

    where: str
    text: str


def blame(value: bytes | None, reason: Reason, limits: Limits = DEFAULT_LIMITS) -> list[Cause]:
    """The places in a raw article that make it what the reason says; none where the reason has no place."""
    find = _FINDERS.get(reason)
    if not value or find is None:
        return []
    return list(islice(find(value, limits), MOST))


def source_of(value: bytes | None) -> tuple[str, str]:
    """Source and URL that a message names, each empty where it names none or cannot be read."""
    fields = _fields(value or b"")
    source, url = fields.get("source"), fields.get("url")
    return source if isinstance(source, str) else "", url if isinstance(url, str) else ""


def _fields(value: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _not_utf8(value: bytes, limits: Limits) -> list[Cause]:
    try:
        value.decode()
    except UnicodeDecodeError as error:
        piece = value[max(0, error.start - AROUND) : error.start + AROUND]
        byte = f"byte {value[error.start]:#04x} at position {error.start}"
        return [Cause(byte, piece.decode("utf-8", "backslashreplace"))]
    return []


def _not_json(value: bytes, limits: Limits) -> list[Cause]:
    try:
        orjson.loads(value)
    except orjson.JSONDecodeError as error:
        text = value.decode("utf-8", "backslashreplace")
        place = f"line {error.lineno}, column {error.colno}"
        piece = text[max(0, error.pos - AROUND) : error.pos + AROUND]
        return [Cause(f"{place}, around", piece)]
    return []


def _too_deep(value: bytes, limits: Limits) -> list[Cause]:
    depth = deepest = 0
    for match in _BRACKET.finditer(value.decode("utf-8", "backslashreplace")):
        if match[0] in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "]}":
            depth -= 1
    return [Cause(f"{deepest} brackets in one another, beginning", _cut(_text(value)))]


def _too_large(value: bytes, limits: Limits) -> list[Cause]:
    sizes = sorted(((len(orjson.dumps(v)), n) for n, v in _fields(value).items()), reverse=True)
    return [
        Cause(f"`{_cut(name)}`, {size} bytes", _cut(str(_fields(value)[name])))
        for size, name in sizes[:2]
    ]


def _beginning(value: bytes, limits: Limits) -> list[Cause]:
    return [Cause("the message begins", _cut(_text(value)))]


def _wrong_type(value: bytes, limits: Limits) -> list[Cause]:
    fields = _fields(value)
    wrong = [n for n in _STRINGS if fields.get(n) is not None and not isinstance(fields[n], str)]
    if fields.get("deleted") is not None and not isinstance(fields["deleted"], bool):
        wrong.append("deleted")
    authors = fields.get("authors")
    if not isinstance(authors, str | None) and not (
        isinstance(authors, list) and all(isinstance(a, str) for a in authors)
    ):
        wrong.append("authors")
    return [Cause(f"`{name}`", _cut(orjson.dumps(fields[name]).decode())) for name in wrong]


def _too_long(value: bytes, limits: Limits) -> list[Cause]:
    most = {
        "id": limits.id,
        "url": limits.url,
        "source": limits.source,
        "title": limits.title,
        "body": limits.body,
        "lang": 35,
        "published_at": 64,
    }
    fields = _fields(value)
    found = [
        Cause(f"`{name}`, {len(text)} characters of at most {longest}", _cut(text))
        for name, longest in most.items()
        if isinstance(text := fields.get(name), str) and len(text) > longest
    ]
    authors = fields.get("authors")
    if isinstance(authors, list):
        if len(authors) > limits.authors:
            found.append(Cause(f"`authors`, {len(authors)} names", _cut(str(authors[0]))))
        long = [a for a in authors if isinstance(a, str) and len(a) > limits.author]
        found += [Cause(f"`authors`, a name of {len(a)} characters", _cut(a)) for a in long]
    return found


def _field(*names: str) -> Callable[[bytes, Limits], list[Cause]]:
    def find(value: bytes, limits: Limits) -> list[Cause]:
        fields = _fields(value)
        return [Cause(f"`{name}`", _cut(str(fields[name]))) for name in names if name in fields]

    return find


def _control(value: bytes, limits: Limits) -> list[Cause]:
    fields = _fields(value)
    found = []
    for name in ("title", "body"):
        text = fields.get(name)
        if isinstance(text, str):
            for at in islice(forbidden_characters(text), MOST):
                where = f"`{name}`, character {at} (U+{ord(text[at]):04X}), around"
                found.append(Cause(where, text[max(0, at - AROUND) : at + AROUND]))
    return found


def _html(value: bytes, limits: Limits) -> list[Cause]:
    fields = _fields(value)
    return [
        Cause(
            f"`{name}`, {tag_count(text)} tags of at most {limits.html_tags}, "
            f"no deeper than {limits.html_depth}",
            _cut(text),
        )
        for name in ("title", "body")
        if isinstance(text := fields.get(name), str) and tag_count(text)
    ]


def _names(value: bytes, limits: Limits) -> list[Cause]:
    return [Cause("fields of the message", _cut(", ".join(_fields(value))))]


def _text(value: bytes) -> str:
    return value[: 4 * LONGEST].decode("utf-8", "backslashreplace")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


_FINDERS: dict[Reason, Callable[[bytes, Limits], list[Cause]]] = {
    Reason.TOO_LARGE: _too_large,
    Reason.NOT_UTF8: _not_utf8,
    Reason.NOT_JSON: _not_json,
    Reason.TOO_DEEP: _too_deep,
    Reason.NOT_AN_OBJECT: _beginning,
    Reason.WRONG_TYPE: _wrong_type,
    Reason.FIELD_TOO_LONG: _too_long,
    Reason.BAD_ID: _field("id"),
    Reason.BAD_URL: _field("url"),
    Reason.BAD_DATE: _field("published_at"),
    Reason.NO_TEXT: _field("title", "body"),
    Reason.CONTROL_CHARACTERS: _control,
    Reason.HTML_BOMB: _html,
    Reason.WITHDRAWAL_WITHOUT_ID: _names,
    Reason.BAD_DETECTION: _beginning,
    Reason.BAD_COMPANY: _beginning,
    Reason.BAD_FEEDBACK: _beginning,
}
