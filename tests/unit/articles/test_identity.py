"""Stable names of things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles import identity
from streams.articles.enrich import read


@pytest.mark.parametrize(
    "url",
    [
        "http://News.example/a?b=1&a=2",
        "https://news.example:443/a?a=2&b=1#top",
        "https://news.example/a/?a=2&b=1&utm_source=feed&fbclid=x",
    ],
)
def test_one_page_has_one_canonical_url(url: str) -> None:
    assert identity.canonical_url(url) == "https://news.example/a?a=2&b=1"


@pytest.mark.parametrize("name", ["feed:42", "http://[bad", "https://", "wire item 7"[:4]])
def test_what_is_no_url_stays_a_name(name: str) -> None:
    assert identity.canonical_url(name) == name


def test_ids_come_from_id_then_url_then_text() -> None:
    assert read(b'{"id": "x", "url": "https://a.example/1", "title": "t"}').id == "x"
    assert (
        read(b'{"url": "https://a.example/1", "title": "t"}').id
        == read(b'{"url": "http://a.example/1?utm_medium=x", "title": "u"}').id
    )
    assert read(b'{"title": "t"}').id == read(b'{"title": " t "}').id
    assert read(b'{"title": "t"}').id != read(b'{"body": "t"}').id


def test_event_ids_tell_article_type_pair_and_status_apart() -> None:
    ids = {
        identity.event_id("a", "competition", "airbus~boeing", "asserted"),
        identity.event_id("b", "competition", "airbus~boeing", "asserted"),
        identity.event_id("a", "partnership", "airbus~boeing", "asserted"),
        identity.event_id("a", "competition", "airbus~embraer", "asserted"),
        identity.event_id("a", "competition", "airbus~boeing", "denied"),
    }
    assert len(ids) == 5
    assert identity.event_id("a", "competition", "airbus~boeing", "asserted") in ids


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("L’Oréal", "loreal"),
        ("AT&T", "at-and-t"),
        ("Crédit Agricole S.A.", "credit-agricole-s-a"),
        ("3M", "3m"),
        ("Disney+", "disney-plus"),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert identity.slug(name) == slug


@given(st.text(min_size=1, max_size=100))
def test_every_name_has_a_slug(name: str) -> None:
    import re

    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", identity.slug(name))


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_digests_do_not_collide_by_joining(a: list[str], b: list[str]) -> None:
    assert (identity.digest(*a) == identity.digest(*b)) == (a == b)
