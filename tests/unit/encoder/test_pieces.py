"""Words are cut into the likeliest pieces, whatever they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles.encoder.pieces import LONGEST_WORD, SPECIAL, UNKNOWN, Pieces

KNOWN = ["▁", "▁part", "ner", "▁partner", "s", "ship", "part", "a"]
SCORES = [-9.0, -4.0, -4.0, -5.0, -3.0, -5.0, -6.0, -8.0]


@pytest.fixture
def pieces() -> Pieces:
    return Pieces([*SPECIAL, *KNOWN], [0.0] * len(SPECIAL) + SCORES)


def number(piece: str) -> int:
    return len(SPECIAL) + KNOWN.index(piece)


def test_the_likeliest_way_wins(pieces: Pieces) -> None:
    assert pieces.cut("partners", spaced=True) == [number("▁partner"), number("s")]


def test_white_space_before_a_word_is_part_of_it(pieces: Pieces) -> None:
    assert pieces.cut("part", spaced=False) == [number("part")]
    assert pieces.cut("part", spaced=True) == [number("▁part")]


def test_what_is_not_known_is_one_unknown_piece_a_sign(pieces: Pieces) -> None:
    assert pieces.cut("日本", spaced=False) == [UNKNOWN, UNKNOWN]


def test_special_pieces_are_never_made_from_text(pieces: Pieces) -> None:
    assert set(pieces.cut("<s>", spaced=False)) == {UNKNOWN, number("s")}


@given(st.text(max_size=200), st.booleans())
def test_any_word_gives_few_pieces(word: str, spaced: bool) -> None:
    pieces = Pieces([*SPECIAL, *KNOWN], [0.0] * len(SPECIAL) + SCORES)
    assert len(pieces.cut(word, spaced)) <= LONGEST_WORD + 1
