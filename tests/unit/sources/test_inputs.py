"""Inputs of a run: a folder beside addresses of which one fails, one is slow, one lies."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import pytest
from aiohttp import web

from streams.sources.inputs import Inputs
from streams.sources.progress import Progress
from streams.sources.records import Bounds, Item, Record, Trouble, Unreadable
from tests.unit.site import Site

BOUNDS = Bounds(fetch_seconds=0.2)
SENTENCE = "<p>Northwind et Contoso ont signé un partenariat pour une usine près de Lyon.</p>"


def feed(*titles: str, link: str = "") -> str:
    entries = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid>"
        + (f"<link>{link}</link>" if link else "")
        + "</item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>F</title>{entries}</channel></rss>"


class Rounds:
    """Sleeps that do not last, and an end after some rounds."""

    def __init__(self, rounds: int) -> None:
        self.left = rounds

    async def sleep(self, seconds: float) -> None:
        if seconds > 1_000:
            self.left -= 1
            if not self.left:
                raise asyncio.CancelledError
        await asyncio.sleep(0)


async def collect(records: AsyncIterator[Record], progress: Progress) -> list[Record]:
    found = []
    try:
        async for record in records:
            progress.reached(record)
            found.append(record)
    except asyncio.CancelledError:
        pass
    return found


async def read(
    *names: str, progress: Progress | None = None, rounds: int = 1, **arguments: Any
) -> list[Record]:
    with io.BytesIO() as nothing:
        stdin: BinaryIO = nothing
        store = progress or Progress(None)
        every = 5_000.0 if rounds > 1 else None
        inputs = Inputs(
            names, stdin, store, bounds=BOUNDS, sleep=Rounds(rounds).sleep, every=every, **arguments
        )
        found = await collect(inputs.records(), store)
        if progress is None:
            store.close()
        return found


def titles(found: list[Record]) -> list[str]:
    return [orjson.loads(record.value)["title"] for record in found if isinstance(record, Item)]


def troubles(found: list[Record]) -> list[Trouble]:
    return [record.trouble for record in found if isinstance(record, Unreadable)]


async def test_one_that_fails_one_that_is_slow_and_one_that_lies(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("A file\n\nwith text")
    lying = web.Response(
        body=feed("Société Générale s’allie").encode("cp1252"),
        headers={"Content-Type": "application/rss+xml; charset=utf-8"},
    )
    found = await read(
        site.on("/fails", web.Response(status=404)),
        site.on("/slow", "never"),
        site.on("/lies", lying),
        str(tmp_path),
        site.on("/good", feed("Good")),
    )
    assert titles(found) == ["A file", "Société Générale s’allie", "Good"]
    assert troubles(found) == [Trouble.HTTP_STATUS, Trouble.TOO_SLOW]


async def test_a_page_an_archive_and_lines_from_the_web(site: Site) -> None:
    from tests.unit.sources.test_archives import archive, pages

    page = f"<html><head><title>Page</title></head><body>{SENTENCE * 4}</body></html>"
    data = web.Response(body=archive(pages(2), compressed=True))
    found = await read(
        site.on("/page", page),
        site.on("/a.warc.gz", data),
        site.on("/l.jsonl", '{"title": "Line"}\n'),
    )
    assert titles(found) == ["Page", "Deal 0", "Deal 1", "Line"]
    assert orjson.loads(next(r for r in found if isinstance(r, Item)).value)["url"] == site.url(
        "/page"
    )


async def test_an_address_is_asked_again_and_gives_what_is_new(site: Site) -> None:
    url = site.on("/f", feed("One"), feed("Two", "One"), feed("Two", "One"))
    assert titles(await read(url, rounds=3)) == ["One", "Two"]
    assert len(site.paths) == 3


async def test_a_later_run_asks_conditionally(site: Site, tmp_path: Path) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(text=feed("One"), headers={"ETag": '"1"'})

    url = site.on("/f", answer)
    for expected in (["One"], []):
        with Progress(tmp_path / "p.db") as progress:
            assert titles(await read(url, progress=progress)) == expected
    assert site.asked[-1].headers["If-None-Match"] == '"1"'


async def test_an_address_that_fails_is_asked_less_and_less(site: Site) -> None:
    url = site.on("/f", web.Response(status=404))
    await read(url, rounds=16)
    assert len(site.paths) == 4


async def test_an_address_that_is_gone_is_not_asked_again(site: Site) -> None:
    url = site.on("/f", web.Response(status=410))
    found = await read(url, site.on("/g", feed("G")), rounds=5)
    assert site.paths.count("/f") == 1
    assert troubles(found) == [Trouble.GONE]


async def test_full_text_comes_from_the_page_and_the_rest_from_the_feed(site: Site) -> None:
    page = f"<html><head><title>Other title</title></head><body>{SENTENCE * 4}</body></html>"
    link = site.on("/page", page)
    url = site.on("/f", feed("Title of the feed", link=link))
    (item, *_) = await read(url, full_text=True)
    assert isinstance(item, Item)
    fields = orjson.loads(item.value)
    assert fields["title"] == "Title of the feed"
    assert "Northwind" in fields["body"]
    assert fields["url"] == link


async def test_pages_of_known_entries_are_not_fetched_again(site: Site, tmp_path: Path) -> None:
    link = site.on("/page", f"<html><body>{SENTENCE * 4}</body></html>")
    url = site.on("/f", feed("T", link=link))
    with Progress(tmp_path / "p.db") as progress:
        await read(url, progress=progress, rounds=3, full_text=True)
    assert site.paths.count("/page") == 1


async def test_a_page_that_cannot_be_had_is_told_and_its_entry_comes_again(
    site: Site, tmp_path: Path
) -> None:
    page = f"<html><body>{SENTENCE * 4}</body></html>"
    link = site.on("/page", web.Response(status=404), page)

    def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        return web.Response(
            status=304 if known else 200,
            text=None if known else feed("T", link=link),
            headers={"ETag": '"1"'},
        )

    url = site.on("/f", answer)
    with Progress(tmp_path / "p.db") as progress:
        found = await read(url, progress=progress, rounds=2, full_text=True)
    assert troubles(found) == [Trouble.HTTP_STATUS]
    assert titles(found) == ["T"]


async def test_a_private_link_in_a_feed_is_not_followed(site: Site) -> None:
    url = site.on("/f", feed("T", link="http://169.254.169.254/latest"))
    assert troubles(await read(url, full_text=True)) == [Trouble.PRIVATE_ADDRESS]


async def test_standard_input_does_not_hold_up_what_is_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as stdin, Progress(None) as progress:  # noqa: PTH123, ASYNC230 - a pipe
        records = Inputs(["-"], stdin, progress).records()
        os.write(writing, b'{"title": "First"}\n')
        first = await asyncio.wait_for(anext(records), timeout=10)
        assert isinstance(first, Item)
        os.close(writing)
        assert titles([record async for record in records]) == []


@pytest.mark.parametrize("name", ["-"])
async def test_standard_input_of_another_kind(name: str) -> None:
    from streams.sources.opening import Kind

    with Progress(None) as progress, io.BytesIO(b"Title\n\nText") as stdin:
        inputs = Inputs([name], stdin, progress, kind=Kind.TEXT)
        assert titles([record async for record in inputs.records()]) == ["Title"]
