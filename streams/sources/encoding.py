"""Bytes to text where the declared encoding may be missing or wrong, as it often is on the web."""

import codecs
import re

# WHATWG: what calls itself Latin-1 or ASCII is read as Windows-1252.
_WINDOWS = frozenset({"iso8859-1", "ascii", "cp1252"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_IN_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_IN_HTML = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
# What English and French are written with: a short text tells too little to guess from.
_WESTERN = re.compile(r"[\t\n\r -~\u00a0€£§°©®«»·²³½ÀÂÆÇÈÉÊËÎÏÔÙÛÜàâæçèéêëîïôùûüÿŒœŸ–—‘’“”•…™]*")
DECLARED_WITHIN = 4_096
# Text in UTF-8 with this share of damaged characters is still UTF-8: one cut character of a
# proxy, say.
DAMAGED_SHARE = 0.002


def decoded(data: bytes, content_type: str = "") -> str:
    """The text of a page, feed or file.

    A byte order mark decides; else valid UTF-8 is UTF-8 whatever is declared (other text hardly
    ever is valid UTF-8 by chance); else the declared encoding, of the header before that in the
    text; else what the bytes look like. Never fails: what fits nothing becomes replacement
    characters.

    Args:
        data: the bytes.
        content_type: the Content-Type header that came with them.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in _declared(data, content_type):
        if name == "utf-8":
            text = data.decode("utf-8", "replace")
            if text.count("�") <= max(1, len(text) * DAMAGED_SHARE):
                return text
            continue
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return _guessed(data)


def _declared(data: bytes, content_type: str) -> list[str]:
    head = data[:DECLARED_WITHIN]
    found = [match[1] for match in (_IN_HEADER.search(content_type),) if match]
    found += [m[1].decode("ascii") for m in (_IN_XML.search(head), _IN_HTML.search(head)) if m]
    names = []
    for label in found:
        try:
            name = codecs.lookup(label).name
        except LookupError:
            continue
        names.append("cp1252" if name in _WINDOWS else name)
    return [name for name in dict.fromkeys(names) if _is_text(name)]


def _is_text(name: str) -> bool:
    """Python also has codecs that are no text encodings, such as `zlib`; `utf-7` hides markup."""
    return bool(getattr(codecs.lookup(name), "_is_text_encoding", True)) and name != "utf-7"


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    western = data.decode("cp1252", "replace")
    if _WESTERN.fullmatch(western):
        return western

    best = from_bytes(data[:65_536]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except (UnicodeDecodeError, LookupError):
            pass
    return western
