"""Files and folders: what kind each is, and what cannot be read."""

import bz2
import gzip
import io
import lzma
from pathlib import Path
from typing import Any

import orjson
import pytest

from streams.sources import files
from streams.sources.opening import Kind, kind_of
from streams.sources.progress import Progress
from streams.sources.records import Bounds, Item, Record, Trouble, Unreadable

LINES = b'{"title": "One"}\n\n{"title": "Two"}\n'


def records(path: Path, bounds: Bounds | None = None, kind: Kind | None = None) -> list[Record]:
    with Progress(None) as progress:
        return list(files.path(path, kind, progress, bounds or Bounds()))


def articles(found: list[Record]) -> list[dict[str, Any]]:
    return [orjson.loads(record.value) for record in found if isinstance(record, Item)]


def troubles(found: list[Record]) -> list[Trouble]:
    return [record.trouble for record in found if isinstance(record, Unreadable)]


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.jsonl", b"", Kind.LINES),
        ("a", b'\xef\xbb\xbf {"title"', Kind.LINES),
        ("a.txt", b"Words", Kind.TEXT),
        ("a.txt.gz", b"Words", Kind.TEXT),
        ("a", b"<!DOCTYPE html><html>", Kind.PAGE),
        ("a.xml", b"<?xml version='1.0'?><rss version='2.0'>", Kind.FEED),
        ("a.html", b"<?xml version='1.0'?><feed xmlns='x'>", Kind.FEED),
        ("a", b"<rdf:RDF xmlns='x'>", Kind.FEED),
        ("a.htm", b"<p>text", Kind.PAGE),
        ("a.bin", b"WARC/1.0\r\n", Kind.ARCHIVE),
        ("a.bin", b"\x00\x01", None),
        ("a", b"", None),
    ],
)
def test_kind_is_told_by_content_before_name(name: str, head: bytes, kind: Kind | None) -> None:
    assert kind_of(name, head) is kind


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_lines_compressed_or_not(tmp_path: Path, compress: Any) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(compress(LINES))
    assert [a["title"] for a in articles(records(path))] == ["One", "Two"]


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_lines_go_on_behind_any_line(compress: Any) -> None:
    data = compress(LINES)
    whole = list(files.stream("s", io.BytesIO(data), Kind.LINES, 0, Bounds()))
    first = whole[0]
    assert isinstance(first, Item)
    rest = list(files.stream("s", io.BytesIO(data), Kind.LINES, first.position, Bounds()))
    assert [a["title"] for a in articles(rest)] == ["Two"]


def test_folder_in_the_order_of_names_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.txt").write_text("Second\n\nText", encoding="utf-8")
    (tmp_path / "1.jsonl").write_bytes(LINES)
    (tmp_path / ".hidden.txt").write_text("no")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("no")
    (tmp_path / "3.bin").write_bytes(b"\x01")
    found = records(tmp_path)
    assert [a["title"] for a in articles(found)] == ["One", "Two", "Second"]
    assert troubles(found) == [Trouble.UNKNOWN_KIND]


def test_text_file_with_and_without_a_title(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("# Un été\n\nTexte".encode("cp1252"))
    assert articles(records(path)) == [{"title": "Un été", "body": "Texte"}]
    path.write_text("One line only.")
    assert articles(records(path)) == [{"body": "One line only."}]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert troubles(records(tmp_path / "none")) == [Trouble.NOT_FOUND]
    empty = tmp_path / "a.txt"
    empty.write_text(" \n")
    assert troubles(records(empty)) == [Trouble.NO_TEXT]
    large = tmp_path / "b.txt"
    large.write_text("x" * 100)
    assert troubles(records(large, Bounds(page_bytes=99))) == [Trouble.TOO_LARGE]
    cut = tmp_path / "c.jsonl.gz"
    cut.write_bytes(gzip.compress(LINES)[:-9])
    assert troubles(records(cut)) == [Trouble.BROKEN_COMPRESSION]
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    assert troubles(records(loop)) == [Trouble.NO_PERMISSION]


def test_a_line_without_end_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":"' + b"x" * 500 + b'"}\n' + LINES)
    found = records(path, Bounds(line_bytes=64))
    assert troubles(found) == [Trouble.TOO_LARGE]
    assert [a["title"] for a in articles(found)] == ["One", "Two"]


def test_the_kind_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_text("Title\n\nText")
    assert articles(records(path, kind=Kind.TEXT)) == [{"title": "Title", "body": "Text"}]
