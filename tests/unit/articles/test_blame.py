"""What in a bad article is to blame is found for every bad example."""

import gzip

import pytest

from streams import contract
from streams.articles.blame import LONGEST, MOST, blame, source_of
from streams.articles.rejection import Reason

BAD = contract.folder() / "examples" / "bad"
# A message without value has no place that could be to blame.
PLACELESS = {Reason.EMPTY, Reason.RESULT_TOO_LARGE, Reason.INTERNAL_ERROR}


def example(reason: Reason) -> bytes:
    (path,) = BAD.glob(f"*/{reason.value}.json*")
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


@pytest.mark.parametrize("reason", sorted(set(Reason) - PLACELESS))
def test_every_bad_example_shows_its_fault(reason: Reason) -> None:
    causes = blame(example(reason), reason)
    assert 1 <= len(causes) <= MOST
    assert all(len(cause.text) <= LONGEST + 1 for cause in causes)


@pytest.mark.parametrize(
    ("value", "reason", "where", "text"),
    [
        (b'{"title": "a\xffb"}', Reason.NOT_UTF8, "byte 0xff at position 12", "a\\xffb"),
        (b'{"title": "a",\n"body" 7}', Reason.NOT_JSON, "line 2, column 8", '"body" 7'),
        (b'{"title": 7, "body": "x"}', Reason.WRONG_TYPE, "`title`", "7"),
        (b'{"authors": [1]}', Reason.WRONG_TYPE, "`authors`", "[1]"),
        (b'{"deleted": "yes"}', Reason.WRONG_TYPE, "`deleted`", '"yes"'),
        (b'{"title": "ab\\u001bc"}', Reason.CONTROL_CHARACTERS, "character 2 (U+001B)", "ab\x1bc"),
        (b'{"published_at": "soon"}', Reason.BAD_DATE, "`published_at`", "soon"),
    ],
)
def test_it_names_place_and_text(value: bytes, reason: Reason, where: str, text: str) -> None:
    (cause,) = blame(value, reason)
    assert where in cause.where
    assert text in cause.text


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("value", [None, b"", b"{}", b"[]", b"\xff", b'{"id": null, "title": []}'])
def test_it_bears_whatever_comes(reason: Reason, value: bytes | None) -> None:
    assert isinstance(blame(value, reason), list)


def test_the_source_of_what_cannot_be_read_is_none() -> None:
    assert source_of(b'{"source": "Wire", "url": 7}') == ("Wire", "")
    assert source_of(b"\xff") == source_of(b"[]") == source_of(None) == ("", "")
