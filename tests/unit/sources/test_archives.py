"""WARC archives, compressed in each way, with what is damaged in them."""

import gzip
import io
from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from streams.sources import files
from streams.sources.records import Bounds, End, Item, Record, Trouble, Unreadable

TEXT = "<p>Northwind and Contoso signed a partnership to build a plant near Lyon, both said.</p>"
PAGE = (
    f"<html><head><title>Deal {{}}</title></head><body><article>{TEXT * 4}</article></body></html>"
)


def archive(
    pages: Iterable[bytes], *, compressed: bool, status: str = "200 OK", kind: str = "text/html"
) -> bytes:
    found = [_record("warcinfo", "", b"software: test\r\n", "application/warc-fields")]
    for number, body in enumerate(pages):
        answer = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
        url = f"https://news.example/{number}"
        found.append(_record("response", url, answer, "application/http; msgtype=response"))
    return b"".join(gzip.compress(record) if compressed else record for record in found)


def _record(kind: str, url: str, block: bytes, content_type: str) -> bytes:
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{len(block)}>\r\n"
        f"WARC-Date: 2024-05-08T06:30:00Z\r\nContent-Type: {content_type}\r\n"
        + (f"WARC-Target-URI: {url}\r\n" if url else "")
        + f"Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def pages(count: int = 3) -> list[bytes]:
    return [PAGE.format(n).encode() for n in range(count)]


def records(data: bytes, begin: int = 0, bounds: Bounds | None = None) -> list[Record]:
    return list(files.stream("x.warc", io.BytesIO(data), None, begin, bounds or Bounds()))


def items(found: list[Record]) -> list[dict[str, Any]]:
    return [orjson.loads(record.value) for record in found if isinstance(record, Item)]


PLAIN = archive(pages(), compressed=False)
FORMS = {
    "plain": PLAIN,
    "a member a record": archive(pages(), compressed=True),
    "one member": gzip.compress(PLAIN),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_each_page_is_an_article(data: bytes) -> None:
    found = records(data)
    assert [item["title"] for item in items(found)] == ["Deal 0", "Deal 1", "Deal 2"]
    assert items(found)[1]["url"] == "https://news.example/1"
    assert items(found)[1]["published_at"] == "2024-05-08T06:30:00Z"
    assert isinstance(found[-1], End)


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_reading_goes_on_behind_any_record(data: bytes) -> None:
    whole = [record for record in records(data) if isinstance(record, Item)]
    for number, record in enumerate(whole, 1):
        rest = [r.value for r in records(data, record.position) if isinstance(r, Item)]
        assert rest == [r.value for r in whole[number:]]


@pytest.mark.parametrize(
    ("status", "kind"), [("404 Not Found", "text/html"), ("200 OK", "image/png")]
)
def test_what_is_no_page_is_passed_over(status: str, kind: str) -> None:
    found = records(archive(pages(), compressed=True, status=status, kind=kind))
    assert [type(record) for record in found] == [End]


def test_a_bad_page_does_not_stop_the_rest() -> None:
    bodies = [b"", b"x" * 5_000, b"<html><body></body></html>", *pages(1)]
    found = records(archive(bodies, compressed=True), bounds=Bounds(page_bytes=3_000))
    troubles = [record.trouble for record in found if isinstance(record, Unreadable)]
    assert troubles == [Trouble.NO_TEXT, Trouble.TOO_LARGE, Trouble.NO_TEXT]
    assert len(items(found)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_cut_archive_gives_what_is_whole_and_tells_the_rest(form: str) -> None:
    data = FORMS[form]
    found = records(data[: len(data) - 60])
    assert len(items(found)) <= 3
    assert isinstance(found[-1], End)


@pytest.mark.parametrize("place", range(0, len(FORMS["a member a record"]), 97))
def test_damage_anywhere_never_raises(place: int) -> None:
    data = bytearray(FORMS["a member a record"])
    data[place] ^= 0xFF
    assert records(bytes(data))


def test_something_else_under_the_name_of_an_archive() -> None:
    (told, _) = records(b"not an archive at all\r\n" * 3)
    assert isinstance(told, Unreadable)
    assert told.trouble is Trouble.BROKEN_ARCHIVE
