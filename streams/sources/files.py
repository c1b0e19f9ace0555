"""Files and folders into records."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from streams.sources import archives, feeds, lines, pages, texts
from streams.sources.opening import COMPRESSED, SNIFFED_BYTES, Kind, kind_of, opened, read_whole
from streams.sources.progress import Progress
from streams.sources.records import Bounds, End, Item, Record, Trouble, Unread, Unreadable

# Kinds whose positions are bytes: they are read on in their middle, the others anew.
STREAMS = (Kind.LINES, Kind.ARCHIVE)
# By its beginning a file is known again that something was added to.
HEAD_BYTES = 65_536


def path(where: Path, kind: Kind | None, progress: Progress, bounds: Bounds) -> Iterator[Record]:
    """The records of a file or of all files under a folder."""
    return (folder if where.is_dir() else file)(where, kind, progress, bounds)


def folder(path: Path, kind: Kind | None, progress: Progress, bounds: Bounds) -> Iterator[Record]:
    """All files under a folder by name. Hidden files and links to folders are left out."""
    shut: list[OSError] = []
    for parent, folders, names in os.walk(path, onerror=shut.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            yield from file(Path(parent, name), kind, progress, bounds)
    for error in shut:
        source = str(error.filename)
        message = f"The folder cannot be read ({error.strerror})."
        yield Unreadable(source, source, 0, Trouble.NO_PERMISSION, message)


def file(path: Path, kind: Kind | None, progress: Progress, bounds: Bounds) -> Iterator[Record]:
    """The records of one file, from where an earlier run came to; none where it came to the end."""
    source = str(path)
    try:
        with path.open("rb") as raw:
            status = os.fstat(raw.fileno())
            head = raw.read(HEAD_BYTES)
            raw.seek(0)
            state = _State(status.st_size, status.st_mtime_ns, _hash(head))
            appendable = (kind or kind_of(source, head[:SNIFFED_BYTES])) is Kind.LINES
            begin = progress.begin(
                source, state.text, lambda before: appendable and _grown(before, head, state)
            )
            if begin is None:
                return
            yield from stream(source, raw, kind, begin, bounds)
    except FileNotFoundError:
        yield Unreadable(source, source, 0, Trouble.NOT_FOUND, "There is no such file.")
    except OSError as error:
        message = f"The file cannot be opened ({error.strerror})."
        yield Unreadable(source, source, 0, Trouble.NO_PERMISSION, message)


@dataclass(frozen=True, slots=True)
class _State:
    size: int
    changed: int
    head: str

    @property
    def text(self) -> str:
        return f"{self.size}:{self.changed}:{self.head}"


def _grown(before: str, head: bytes, now: _State) -> bool:
    size, _, beginning = before.split(":")
    known = min(int(size), HEAD_BYTES)
    compressed = head.startswith(COMPRESSED)
    return not compressed and now.size >= int(size) and _hash(head[:known]) == beginning


def _hash(head: bytes) -> str:
    return hashlib.blake2b(head, digest_size=8).hexdigest()


def stream(
    source: str, raw: BinaryIO, kind: Kind | None, begin: int, bounds: Bounds
) -> Iterator[Record]:
    """The records of an open file or standard input, compressed or not, from `begin` on.

    Args:
        source: its name, for messages and for the progress.
        raw: the bytes as they are on disk.
        kind: what is in it; told from its first bytes and its name where None.
        begin: 0, or a position of an earlier record.
        bounds: what one record may cost.
    """
    try:
        with opened(raw) as plain:
            kind = kind or kind_of(source, plain.peek(SNIFFED_BYTES)[:SNIFFED_BYTES])
            if begin and kind in STREAMS:
                plain.seek(begin)
            yield from records(source, plain, kind, begin, bounds)
    except Unread as unread:
        yield Unreadable(source, source, begin, unread.trouble, unread.message)
        if unread.trouble is Trouble.UNKNOWN_KIND:
            return
    # Also after damage: what is behind it cannot be reached, today or in a later run.
    yield End(source)


def records(
    source: str, plain: BinaryIO, kind: Kind | None, begin: int, bounds: Bounds
) -> Iterator[Record]:
    """The records of a decompressed stream of a kind.

    Raises:
        Unread: where it cannot be read, or not on.
    """
    match kind:
        case Kind.LINES:
            yield from lines.records(source, plain, begin, bounds)
        case Kind.ARCHIVE:
            yield from archives.records(source, plain, begin, bounds)
        case Kind.FEED:
            data = read_whole(plain, bounds.feed_bytes)
            yield from feed(source, data, "", begin, bounds)
        case Kind.PAGE:
            data = read_whole(plain, bounds.page_bytes)
            yield Item(source, source, 1, pages.article(data, any_text=True, bounds=bounds))
        case Kind.TEXT:
            yield Item(source, source, 1, texts.article(read_whole(plain, bounds.page_bytes)))
        case None:
            raise Unread(
                Trouble.UNKNOWN_KIND,
                "Neither its name nor its first bytes tell what it is: say so with --as.",
            )


def feed(
    source: str, data: bytes, content_type: str, begin: int, bounds: Bounds
) -> Iterator[Item | Unreadable]:
    """The entries of a feed as records; positions count entries."""
    found = feeds.entries(data, source=source, content_type=content_type, bounds=bounds)
    for number, entry in enumerate(found, 1):
        if number <= begin:
            continue
        where = f"{source}#{number}"
        if isinstance(entry, Unread):
            yield Unreadable(source, where, number, entry.trouble, entry.message)
        else:
            yield Item(source, where, number, entry.value, (entry.key, entry.digest))
