import pytest

from streams.articles import forms as numbering
from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut, cut_field
from streams.articles.forms import Forms

TEXT = "L'Oréal and Boeing (NYSE: BA) won 1,234.5 orders.\n\nThe U.S. said no… “Yes”, it's so."


def test_words_and_places_are_those_of_the_text() -> None:
    field = cut_field("body", TEXT)
    assert field.words[:5] == ["L", "'", "Oréal", "and", "Boeing"]
    assert [field.text[a:b] for a, b in zip(field.starts, field.ends, strict=True)] == list(
        field.words
    )
    assert field.words[-1] == "."
    assert len(field.words) == len(field.starts)


def test_a_text_without_words_has_none() -> None:
    field = cut_field("title", " \n ")
    assert list(field.words) == []
    assert field.sentences == []


def test_the_same_words_have_the_same_numbers() -> None:
    forms = Forms()
    assert forms.of("one two, one").tolist() == [0, 1, 2, 0]
    assert forms.of("one two one,two").tolist() == [0, 1, 0, 2, 1]


def test_a_collection_that_is_full_is_left_to_its_articles(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cut_field("body", TEXT)
    words = list(before.words)
    monkeypatch.setattr(numbering, "_MOST_WORDS", 3)
    monkeypatch.setattr(Forms, "_current", None)
    first = cut_field("body", "Alpha beta gamma delta")
    second = cut_field("body", "epsilon zeta")
    assert second.forms is not first.forms
    assert list(first.words) == ["Alpha", "beta", "gamma", "delta"]
    assert list(before.words) == words


def test_long_pieces_are_not_kept() -> None:
    forms = Forms()
    forms.of("x" * 100)
    kept = len(forms._pieces)
    forms.of("short")
    assert kept == 0
    assert len(forms._pieces) == 1


def test_companies_do_not_depend_on_the_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = CompanyFinder(registry.load(), TaggerModel.load())
    title, body = "Boeing wins an order of", "Airbus lost it to Boeing, said Lufthansa."
    expected = finder.find(cut(title, body, "en"))
    assert {"boeing", "airbus"} <= {company.id for company in expected}
    monkeypatch.setattr(numbering, "_MOST_WORDS", 0)
    for _ in range(3):
        assert finder.find(cut(title, body, "en")) == expected


def test_no_name_reaches_from_the_title_into_the_text() -> None:
    finder = CompanyFinder(registry.load(), TaggerModel.load())
    article = finder.reader.read(cut("A merger of Bank of", "America grows", "en"))
    for view in article.fields:
        for run in article.runs(view):
            assert 0 <= run.start < run.end <= len(view.words)
    assert all(match.end <= len(view.words) for view in article.fields for match in view.matches)
