"""Feeds, pages and archives on the web into records."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import orjson

from streams.sources import files, pages
from streams.sources.fetching import Answer, Fetcher
from streams.sources.opening import SNIFFED_BYTES, Kind, kind_of, opened, read_whole
from streams.sources.progress import Progress
from streams.sources.records import Bounds, End, Item, Record, Trouble, Unread, Unreadable

_TYPES = {"text/html": Kind.PAGE, "application/xhtml+xml": Kind.PAGE, "text/plain": Kind.TEXT}


async def address(
    url: str,
    kind: Kind | None,
    progress: Progress,
    fetcher: Fetcher,
    bounds: Bounds,
    *,
    full_text: bool = False,
) -> AsyncIterator[Record]:
    """The records behind a URL; none where the host says that it is unchanged.

    Args:
        url: the address.
        kind: what is there; told from what comes where None.
        progress: holds the validators of an earlier run, and which entries are known.
        fetcher: who fetches.
        bounds: what it may cost.
        full_text: fetch the page of each new entry of a feed, and take its text.
    """
    etag, modified = progress.validators(url)
    archive = kind is Kind.ARCHIVE or ".warc" in urlsplit(url).path.lower()
    try:
        answer = await fetcher.fetch(url, etag=etag, modified=modified, archive=archive)
        with answer.body:
            if answer.unchanged:
                return
            whole = True
            async for record in _records(url, answer, kind, bounds):
                if not isinstance(record, Item) or record.mark is None or not full_text:
                    yield record
                elif not progress.knows(url, record.mark):
                    full = await _with_page(record, fetcher, bounds)
                    whole = whole and isinstance(full, Item)
                    yield full
            # Where a page could not be had, the feed is asked for anew next time.
            yield End(url, (answer.etag, answer.modified) if whole else None)
    except Unread as unread:
        yield Unreadable(url, url, 0, unread.trouble, unread.message)


async def _records(
    url: str, answer: Answer, kind: Kind | None, bounds: Bounds
) -> AsyncIterator[Record]:
    with opened(answer.body) as stream:
        if kind is None:
            kind = kind_of(urlsplit(url).path, stream.peek(SNIFFED_BYTES)[:SNIFFED_BYTES])
            kind = kind or _TYPES.get(answer.content_type.split(";")[0].strip().lower())
        if kind is Kind.FEED:
            data = read_whole(stream, bounds.feed_bytes)
            for entry in files.feed(url, data, answer.content_type, 0, bounds):
                yield entry
        elif kind is Kind.PAGE:
            data = read_whole(stream, bounds.page_bytes)
            page = pages.article(
                data,
                url=answer.url,
                content_type=answer.content_type,
                any_text=True,
                bounds=bounds,
            )
            yield Item(url, url, 1, page)
        else:
            for record in files.records(url, stream, kind, 0, bounds):
                yield record


async def _with_page(entry: Item, fetcher: Fetcher, bounds: Bounds) -> Item | Unreadable:
    """The entry with the text of its page; else the feed knows better than the page."""
    fields = orjson.loads(entry.value)
    url = fields.get("url")
    if not url:
        return entry
    try:
        same = urlsplit(url).hostname == urlsplit(entry.source).hostname
        answer = await fetcher.fetch(url, public=not same)
        with answer.body:
            data = read_whole(answer.body, bounds.page_bytes)
        page = orjson.loads(
            pages.article(data, url=answer.url, content_type=answer.content_type, bounds=bounds)
        )
    except Unread as unread:
        where = f"{entry.where} {url}"
        if unread.trouble is Trouble.NO_TEXT:
            return entry
        return Unreadable(entry.source, where, entry.position, unread.trouble, unread.message)
    merged = {**page, **fields, "body": page["body"]}
    return Item(entry.source, entry.where, entry.position, orjson.dumps(merged), entry.mark)
