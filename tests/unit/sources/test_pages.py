"""A web page becomes an article: its main text, and what it says of itself."""

from typing import Any

import orjson
import pytest

from streams.articles.enrich import read
from streams.sources.pages import article, language_tag, moment_of
from streams.sources.records import Bounds, Trouble, Unread

SENTENCE = "Northwind and Contoso signed a partnership to build a plant near Lyon, both said. "
BODY = "".join(f"<p>Part {n}. {SENTENCE}</p>" for n in range(5))


def page(head: str = "", body: str = BODY, attributes: str = "") -> bytes:
    return (
        f"<html {attributes}><head><title>A deal</title>{head}</head><body>"
        '<nav><a href="/">Home</a><a href="/w">Weather</a></nav>'
        f"<article><h1>A deal</h1>{body}</article><footer>All rights</footer></body></html>"
    ).encode()


def fields(data: bytes, **arguments: Any) -> dict[str, Any]:
    value = article(data, bounds=Bounds(), **arguments)
    read(value)
    found: dict[str, Any] = orjson.loads(value)
    return found


def test_main_text_without_furniture() -> None:
    found = fields(page(), url="https://news.example/a")
    assert found["title"] == "A deal"
    assert found["body"].startswith("Part 0. Northwind")
    assert "Part 4." in found["body"]
    assert "Weather" not in found["body"]
    assert found["source"] == "news.example"


def test_what_the_page_says_of_itself() -> None:
    head = (
        '<meta property="article:published_time" content="2024-05-08T08:30:00+02:00">'
        '<meta property="og:site_name" content="Daily Example">'
        '<meta name="author" content="Jane Doe">'
    )
    found = fields(page(head, attributes='lang="fr-CA"'), seen_at="2025-01-01T00:00:00Z")
    assert found["published_at"] == "2024-05-08T06:30:00Z"
    assert found["source"] == "Daily Example"
    assert found["lang"] == "fr"
    assert found["authors"] == ["Jane Doe"]


def test_time_in_structured_data() -> None:
    head = '<script type="application/ld+json">{"datePublished": "2024-05-08T06:30:00Z"}</script>'
    assert fields(page(head))["published_at"] == "2024-05-08T06:30:00Z"


def test_time_of_fetching_where_the_page_tells_none() -> None:
    found = fields(page(), seen_at="2024-05-09T00:00:00Z")
    assert found["published_at"] == "2024-05-09T00:00:00Z"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://news.example/real", "https://news.example/real"),
        ("/real", "https://news.example/real"),
        ("https://other.example/x", "https://news.example/a"),
        ("https://news.example/", "https://news.example/a"),
        ("javascript:x", "https://news.example/a"),
        ("https://news.example/a b", "https://news.example/a"),
        ("http://[broken", "https://news.example/a"),
    ],
)
def test_canonical_address_is_taken_where_it_can_be_true(href: str, expected: str) -> None:
    found = fields(page(f'<link rel="canonical" href="{href}">'), url="https://news.example/a")
    assert found["url"] == expected


def test_page_without_main_text_is_told_unless_any_text_will_do() -> None:
    data = b"<html><body><p>Short.</p></body></html>"
    assert "Short." in fields(data, any_text=True)["body"]
    empty = b"<html><head></head><body></body></html>"
    with pytest.raises(Unread) as told:
        article(empty, bounds=Bounds())
    assert told.value.trouble is Trouble.NO_TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 2_000,
        b"<" * 100_000,
        b"<div>" * 20_000 + b"x",
        b"<p>" + b"a" * 200_000,
        b"<html><!--" + b"-" * 50_000,
        b"&#x110000;&#0;<script>" * 500,
    ],
    ids=["empty", "nul", "brackets", "deep", "long", "comment", "references"],
)
def test_no_page_does_anything_but_give_an_article_or_a_trouble(data: bytes) -> None:
    told = None
    try:
        assert orjson.loads(article(data, any_text=True, bounds=Bounds(parse_seconds=20)))
    except Unread as unread:
        told = unread.trouble
    assert told in (None, Trouble.NO_TEXT, Trouble.BROKEN_PAGE, Trouble.TOO_SLOW)


def test_a_page_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: object, **__: object) -> None:
        while True:
            try:
                while True:
                    pass
            except Exception:  # noqa: BLE001, S110 - as parsers do
                pass

    monkeypatch.setattr("trafilatura.bare_extraction", endless)
    with pytest.raises(Unread) as told:
        article(page(), bounds=Bounds(parse_seconds=0.05))
    assert told.value.trouble is Trouble.TOO_SLOW


def test_times_and_language_tags_of_any_form() -> None:
    assert moment_of("Wed, 08 May 2024 06:30:00 GMT") == "2024-05-08T06:30:00Z"
    assert moment_of("2024-05-08") == "2024-05-08T00:00:00Z"
    assert moment_of("yesterday") is None
    assert moment_of("Wed, 99 May 2024 06:30:00 GMT") is None
    assert language_tag("EN_us") == "en"
    assert language_tag("français") is None
