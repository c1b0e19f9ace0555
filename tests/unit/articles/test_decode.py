"""Bytes to a checked article."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles.decode import decode
from streams.articles.enrich import read
from streams.articles.limits import DEFAULT_LIMITS
from streams.articles.rejection import Rejection


def article(**fields: object) -> bytes:
    return json.dumps({"title": "Airbus beats Boeing", **fields}).encode()


def reason(value: bytes | None) -> str:
    with pytest.raises(Rejection) as caught:
        decode(value)
    return caught.value.reason


def test_a_title_is_enough() -> None:
    assert decode(article()).title == "Airbus beats Boeing"


def test_unknown_fields_are_passed_over() -> None:
    assert decode(article(paywall=True, tags=["a"])).title == "Airbus beats Boeing"


def test_null_is_absent() -> None:
    raw = decode(article(id=None, url=None, published_at=None, authors=None, body=None))
    assert (raw.id, raw.url, raw.published_at, raw.authors, raw.body) == (None, None, None, (), "")


@pytest.mark.parametrize(
    ("given_time", "utc"),
    [
        ("2024-05-08", "2024-05-08T00:00:00Z"),
        ("2024-05-08T08:30:00+02:00", "2024-05-08T06:30:00Z"),
        ("2024-05-08T06:30:00", "2024-05-08T06:30:00Z"),
        ("2024-05-08T06:30:00.123456Z", "2024-05-08T06:30:00.123Z"),
    ],
)
def test_times_become_utc(given_time: str, utc: str) -> None:
    assert decode(article(published_at=given_time)).published_at == utc


@pytest.mark.parametrize("bad", ["yesterday", "2024-13-01", "08/05/2024", "2024", "0000-00-00"])
def test_a_date_that_is_none(bad: str) -> None:
    assert reason(article(published_at=bad)) == "bad_date"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"null", "not_an_object"),
        (b"3", "not_an_object"),
        (b'{"title": "\\ud800"}', "not_json"),
        (b'{"title": NaN}', "not_json"),
        (b'{"title": "a"} {"title": "b"}', "not_json"),
        (b'\xef\xbb\xbf{"title": "bom"}', "not_json"),
        (b'{"deleted": "yes", "id": "1"}', "wrong_type"),
        (b'{"title": "x", "authors": [1]}', "wrong_type"),
        (b'{"deleted": false}', "no_text"),
    ],
)
def test_reasons(value: bytes | None, expected: str) -> None:
    assert reason(value) == expected


def test_size_is_bounded_to_the_byte() -> None:
    limit = DEFAULT_LIMITS.article_bytes
    empty = len(article(body=""))
    assert decode(article(body="x" * (limit - empty))).body
    assert reason(article(body="x" * (limit - empty + 1))) == "too_large"


def test_a_rejection_holds_no_text_of_the_message() -> None:
    with pytest.raises(Rejection) as caught:
        decode(b'{"title": "secret\x1b[31m"')
    assert "secret" not in caught.value.message
    assert caught.value.message.isprintable()


@given(st.binary(max_size=300))
def test_any_bytes_end_as_article_or_rejection(value: bytes) -> None:
    try:
        told = read(value).id
    except Rejection as rejection:
        told = rejection.message
    assert told.isprintable()


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
fields = st.sampled_from(
    ["id", "url", "title", "body", "lang", "source", "published_at", "authors", "deleted", "x"]
)


@given(st.dictionaries(fields, json_values, max_size=6))
def test_any_object_ends_as_article_or_rejection(fields_given: dict[str, object]) -> None:
    try:
        found = read(json.dumps(fields_given).encode())
    except Rejection:
        return
    assert found.id
    assert found.title or found.body or found.deleted
