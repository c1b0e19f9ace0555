"""Windows cover an article in whole sentences, as far as there is room, and know where words lie."""

import itertools

import pytest

from streams.articles.document import cut
from streams.articles.encoder.encoder import Encoder
from streams.articles.encoder.pieces import CLOSING, OPENING, Pieces
from streams.articles.encoder.window import (
    MOST_COMPANIES,
    MOST_PIECES,
    MOST_WINDOWS,
    namings,
    windows,
)
from streams.messages import Company
from tests.unit.events.texts import company

TITLE = "Airbus and Boeing"
BODY = "Airbus met Boeing in Toulouse. They parted."


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return Encoder.load().pieces


def test_the_title_stands_before_each_window(pieces: Pieces) -> None:
    document = cut(TITLE, "The plant makes wings for three airlines. " * 200, "en")

    found = windows(document, pieces)

    assert len(found) == MOST_WINDOWS
    heads = {tuple(window.pieces[: window.begins[window.title]]) for window in found}
    assert len(heads) == 1
    for window in found:
        assert window.pieces[0] == OPENING
        assert window.pieces[-1] == CLOSING
        assert len(window.pieces) <= MOST_PIECES + 1


def test_windows_follow_one_another_at_ends_of_sentences(pieces: Pieces) -> None:
    document = cut("", "The plant makes wings for three airlines. " * 200, "en")
    starts = {start for start, _ in document.body.sentences}

    found = windows(document, pieces)

    assert all(one.last == other.first for one, other in itertools.pairwise(found))
    assert all(window.first in starts for window in found)


@pytest.mark.parametrize("body", ["", "x", "word " * 3_000, "日本" * 4_000, "." * 2_000])
def test_any_text_has_bounded_windows(pieces: Pieces, body: str) -> None:
    found = windows(cut("T" * 900, body, "en"), pieces)
    assert 1 <= len(found) <= MOST_WINDOWS
    assert all(len(window.pieces) <= MOST_PIECES + 1 for window in found)


def test_a_company_lies_where_its_words_begin(pieces: Pieces) -> None:
    document = cut(TITLE, BODY, "en")
    (window,) = windows(document, pieces)

    (naming,) = namings(document, window, [company("Boeing", TITLE, BODY)])

    boeing = pieces.cut("Boeing", spaced=True)
    assert [window.pieces[start:end] for start, end, _ in naming.places] == [boeing, boeing]


def test_companies_beyond_the_bound_are_left_out(pieces: Pieces) -> None:
    names = [f"Firm{number}" for number in range(40)]
    body = ", ".join(names) + " met."
    companies: list[Company] = [company(name, "", body) for name in names]
    document = cut("", body, "en")
    (window,) = windows(document, pieces)

    assert len(namings(document, window, companies)) == MOST_COMPANIES
