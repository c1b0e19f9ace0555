"""Which company a name means."""

import pytest

from streams.articles.companies.linking import bare_key, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("L'Oréal", "loreal"),
        ("Marks & Spencer", "marks-and-spencer"),
        ("Société Générale", "societe-generale"),
        ("C’est Qui", "cest-qui"),
        ("小米", "x5c0f7c73"),
    ],
)
def test_an_id_is_made_of_the_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    ("words", "bare"),
    [
        ("brenvik robotics gmbh", "brenvik robotics"),
        ("the brenvik group", "brenvik group"),
        ("l ' oreal", "oreal"),
        ("brenvik s . a", "brenvik s . a"),
        ("inc", "inc"),
    ],
)
def test_article_and_legal_form_are_no_part_of_an_unknown_name(words: str, bare: str) -> None:
    assert bare_key(words.split()) == bare.split()
