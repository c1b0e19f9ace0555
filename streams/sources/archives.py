"""WARC archives, such as Common Crawl's news crawl: each HTML page in them an article."""

import contextlib
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from streams.sources import pages
from streams.sources.records import Bounds, Item, Record, Trouble, Unread, Unreadable

_PAGES = ("text/html", "application/xhtml+xml")


def records(source: str, stream: BinaryIO, begin: int, bounds: Bounds) -> Iterator[Record]:
    """The pages of an archive from the record at byte `begin` on, where `stream` stands.

    Only answers with status 200 that hold HTML are pages; all else is passed over. Positions are
    bytes of the decompressed archive.

    Raises:
        Unread: `broken_archive`, where the archive cannot be read on.
    """
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    archive = ArchiveIterator(stream)
    number = 0
    while True:
        number += 1
        where = f"{source}#{number}" if not begin else f"{source}#+{number}"
        try:
            # warcio writes its warnings to standard error by itself.
            with contextlib.redirect_stderr(io.StringIO()):
                record = next(archive, None)
                if record is None and number > 1:
                    return
                # Nearly any line is a record to the predecessor format of WARC.
                if record is None or record.format != "warc":
                    raise Unread(Trouble.BROKEN_ARCHIVE, f"Record {number} is no WARC record.")
                found = _page_or_trouble(record, bounds)
                archive.read_to_end(record)
        except (ArchiveLoadFailed, EOFError, ValueError, KeyError, AttributeError) as error:
            raise Unread(
                Trouble.BROKEN_ARCHIVE, f"Record {number} cannot be read ({type(error).__name__})."
            ) from None
        if isinstance(found, Unread):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            yield Unreadable(source, f"{where} {url}", archive.offset, found.trouble, found.message)
        elif found is not None:
            yield Item(source, where, archive.offset, found)


def _page_or_trouble(record: Any, bounds: Bounds) -> bytes | Unread | None:
    try:
        return _page(record, bounds)
    except Unread as unread:
        return unread


def _page(record: Any, bounds: Bounds) -> bytes | None:
    if record.rec_type not in ("response", "resource"):
        return None
    headers = record.http_headers if record.rec_type == "response" else record.rec_headers
    if headers is None:
        return None
    if record.rec_type == "response" and headers.get_statuscode() != "200":
        return None
    content_type = headers.get_header("Content-Type") or ""
    if content_type.split(";")[0].strip().lower() not in _PAGES:
        return None
    data = record.content_stream().read(bounds.page_bytes + 1)
    if len(data) > bounds.page_bytes:
        raise Unread(Trouble.TOO_LARGE, f"The page has more than {bounds.page_bytes:,} bytes.")
    if not data:
        raise Unread(Trouble.NO_TEXT, "The page is empty.")
    return pages.article(
        data,
        url=record.rec_headers.get_header("WARC-Target-URI"),
        content_type=content_type,
        seen_at=pages.moment_of(record.rec_headers.get_header("WARC-Date")),
        bounds=bounds,
    )
