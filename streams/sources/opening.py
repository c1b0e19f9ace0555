"""Opening files that may be compressed, and telling what kind of thing is in them."""

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from streams.sources.records import Trouble, Unread

SNIFFED_BYTES = 4_096
CHUNK = 65_536
_COMPRESSED_SUFFIXES = {".gz", ".gzip", ".bz2", ".xz"}
_FEED = re.compile(rb"<(?:[A-Za-z]{1,10}:)?(?:rss|feed|rdf)[\s>]", re.I)
_HTML = re.compile(
    rb"^\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
COMPRESSED = (_GZIP, _BZIP2, _XZ)
BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)


class Kind(StrEnum):
    """What kind of thing bytes are."""

    LINES = "lines"
    TEXT = "text"
    PAGE = "page"
    FEED = "feed"
    ARCHIVE = "archive"


_SUFFIXES = {
    ".jsonl": Kind.LINES,
    ".ndjson": Kind.LINES,
    ".json": Kind.LINES,
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.TEXT,
    ".html": Kind.PAGE,
    ".htm": Kind.PAGE,
    ".xhtml": Kind.PAGE,
    ".rss": Kind.FEED,
    ".atom": Kind.FEED,
    ".xml": Kind.FEED,
    ".warc": Kind.ARCHIVE,
}


def kind_of(name: str, head: bytes) -> Kind | None:
    """The kind of a file by its first bytes, else by its name; None where neither tells.

    Args:
        name: name or path of the file.
        head: its first bytes, decompressed.
    """
    if head.startswith(b"WARC/"):
        return Kind.ARCHIVE
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        return Kind.LINES
    if start.startswith(b"<"):
        if _HTML.match(start):
            return Kind.PAGE
        if _FEED.search(start):
            return Kind.FEED
    suffixes = [s.lower() for s in PurePath(name).suffixes if s.lower() not in _COMPRESSED_SUFFIXES]
    return _SUFFIXES.get(suffixes[-1]) if suffixes else None


@contextmanager
def opened(raw: BinaryIO) -> Iterator["io.BufferedReader[Any]"]:
    """Decompressed bytes of gzip, bzip2, xz, or as it is. `raw` needs no seek and stays open.

    Raises:
        Unread: `broken_compression`, here or where the block reads on.
    """
    # A second buffer over a pipe would wait until it is full.
    ours = not hasattr(raw, "peek")
    buffered: io.BufferedReader[Any] = cast(
        "io.BufferedReader[Any]",
        io.BufferedReader(cast(io.RawIOBase, raw), CHUNK) if ours else raw,
    )
    try:
        inner = _decompressing(buffered)
        if inner is None:
            yield buffered
            return
        with inner:
            outer: io.BufferedReader[Any] = io.BufferedReader(cast(io.RawIOBase, inner), CHUNK)
            try:
                yield outer
            finally:
                outer.detach()
    except BROKEN as error:
        raise Unread(
            Trouble.BROKEN_COMPRESSION, f"It cannot be decompressed or read on ({error})."
        ) from None
    finally:
        if ours:
            buffered.detach()


def _decompressing(
    buffered: "io.BufferedReader[Any]",
) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile | None:
    head = buffered.peek(6)[:6]
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=buffered)
    if head.startswith(_BZIP2):
        return bz2.BZ2File(buffered)
    if head.startswith(_XZ):
        return lzma.LZMAFile(buffered)
    return None


def read_whole(stream: BinaryIO, most: int) -> bytes:
    """All bytes of a stream.

    Raises:
        Unread: `too_large`, where there are more than `most`.
    """
    data = stream.read(most + 1)
    if len(data) > most:
        raise Unread(Trouble.TOO_LARGE, f"It has more than {most:,} bytes.")
    return data
