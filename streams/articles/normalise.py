"""Second step: plain text or HTML to clean text, on which all offsets count.

Plain text that is clean already comes out unchanged, so that offsets fit the producer's own text.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.articles.rejection import Reason, Rejection

STEP = "normalise"
MOST_MARKS = 30

_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|body|br|center|cite|code|dd|div|dl|dt|em|figcaption|figure|font|"
    r"footer|h[1-6]|head|header|hr|html|i|iframe|img|ins|li|main|mark|nav|ol|p|pre|q|s|script|section|small|span|"
    r"strong|style|sub|sup|table|tbody|td|th|thead|title|tr|tt|u|ul|video)(?:\s[^<>]{0,4000})?/?>|<!doctype|<!--",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_OPENING = re.compile(r"<[A-Za-z]")
_BLANKS = re.compile(r"[ \t\n\r\f\v\u00a0]+")
_NEWLINES = re.compile(r"\n{3,}")

_SKIPPED = frozenset(
    """
    script style noscript template head svg math iframe object nav form button select
    """.split()
)
_BLOCKS = frozenset(
    """
    p div article section aside header footer main h1 h2 h3 h4 h5 h6 ul ol dl table blockquote
    pre figure figcaption hr body html address
    """.split()
)
_LINES = frozenset(["br", "li", "tr", "dt", "dd"])

# Zero-width characters and bidirectional marks: they hide or reorder text and are never part of a name.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)
_SPACES = dict.fromkeys(
    [0x00A0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000, 0x0009, 0x000B, 0x000C], " "
)
_NEWLINE = {0x2028: "\n", 0x2029: "\n", 0x0085: "\n", 0x000D: "\n"}
# C1 controls in the wild are Windows-1252 characters that were decoded as Latin-1.
_MISDECODED = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x85, 0x8D, 0x8F, 0x90, 0x9D)
}
_TRANSLATION = {**_INVISIBLE, **_SPACES, **_NEWLINE, **_MISDECODED}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_PLAIN = re.compile(r"[\n -~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20ac]*")


def normalise(text: str, field: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """Clean text of a title or body that is plain text or HTML.

    Raises:
        Rejection: `control_characters`, `html_bomb` or `field_too_long`.
    """
    if "<" in text and _TAG.search(text):
        text = _html_text(text, field, limits)
    elif "&" in text and _ENTITY.search(text):
        text = _fragment_text(text)
    if not _PLAIN.fullmatch(text):
        text = _clean(text, field)
    text = text.strip()
    longest = limits.title if field == "title" else limits.body
    if len(text) > longest:
        raise Rejection(
            Reason.FIELD_TOO_LONG,
            STEP,
            f"`{field}` has {len(text)} characters, more than {longest}.",
        )
    return text


def tag_count(text: str) -> int:
    """How many tags a text opens."""
    return len(_OPENING.findall(text))


def forbidden_characters(text: str) -> Iterator[int]:
    """Places of the control characters for which a text is turned away."""
    return (match.start() for match in _CONTROL.finditer(text))


def _clean(text: str, field: str) -> str:
    control = _CONTROL.search(text)
    if control:
        raise Rejection(
            Reason.CONTROL_CHARACTERS,
            STEP,
            f"`{field}` holds the control character U+{ord(control.group()):04X}.",
        )
    text = text.replace("\r\n", "\n").translate(_TRANSLATION)
    # Python puts marks in order in a time that grows with the square of their number.
    text = _long_runs_of_marks().sub(lambda run: run[0][:MOST_MARKS], text)
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


@cache
def _long_runs_of_marks() -> re.Pattern[str]:
    """More accents on one letter than any writing has (UAX 15 names the same bound for safe streams)."""
    planes = (*range(0x300, 0x10000), *range(0x10000, 0x1F000))
    marks = [c for c in planes if unicodedata.combining(chr(c))]
    # Those are none, and become marks.
    marks += [0x0F73, 0x0F75, 0x0F81]
    return re.compile(f"[{''.join(map(chr, marks))}]{{{MOST_MARKS + 1},}}")


def _fragment_text(text: str) -> str:
    """Plain text with entities in it: feeds often escape once too often."""
    return html.unescape(text)


def _html_text(text: str, field: str, limits: Limits) -> str:
    tags = tag_count(text)
    if tags > limits.html_tags:
        raise Rejection(
            Reason.HTML_BOMB, STEP, f"`{field}` has {tags} tags, more than {limits.html_tags}."
        )
    root = LexborHTMLParser(text).root
    pieces: list[str] = []
    if root is not None:
        _collect(root, pieces, field, limits.html_depth)
    lines = ("\n" if not line.strip("\n") else line for line in pieces)
    joined = "".join(lines)
    return _NEWLINES.sub(
        "\n\n", "\n".join(_BLANKS.sub(" ", line).strip() for line in joined.split("\n"))
    )


def _collect(root: LexborNode, pieces: list[str], field: str, deepest: int) -> None:
    """Text of the tree in reading order, without recursion: the depth is the sender's to choose."""
    stack: list[tuple[LexborNode | None, str, int]] = [(root, "", 0)]
    while stack:
        node, closing, depth = stack.pop()
        if node is None:
            pieces.append(closing)
            continue
        if depth > deepest:
            raise Rejection(
                Reason.HTML_BOMB, STEP, f"`{field}` is nested deeper than {deepest} tags."
            )
        tag = node.tag or ""
        if tag == "-text":
            pieces.append(_BLANKS.sub(" ", node.text_content or ""))
            continue
        if tag in _SKIPPED or tag.startswith("-"):
            continue
        gap = "\n\n" if tag in _BLOCKS else "\n" if tag in _LINES else ""
        if tag in ("td", "th"):
            pieces.append(" ")
        if gap:
            pieces.append(gap)
        if tag in _BLOCKS:
            stack.append((None, gap, depth))
        children = list(node.iter(include_text=True))
        stack.extend((child, "", depth + 1) for child in reversed(children))
