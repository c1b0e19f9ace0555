"""Companies of articles, by example. To add a company, an alias or an ambiguous word: see the README."""

import pytest

from streams.articles.companies import registry
from streams.articles.companies.finder import MAX_COMPANIES, MAX_MENTIONS, CompanyFinder
from streams.articles.companies.registry import CompanyUpdate
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut
from streams.messages import Company

STORY = (
    "Microsoft prépare un rival de GPT-4",
    "Microsoft entraîne un grand modèle de langage, MAI-1, pour rivaliser avec OpenAI, rapporte "
    "The Information. Le groupe de Redmond a investi 13 milliards de dollars dans la start-up de "
    "Sam Altman et détient 49 % de son capital. OpenAI reste liée à Azure.",
    "fr",
)


@pytest.fixture(scope="module")
def finder() -> CompanyFinder:
    return CompanyFinder(registry.load(), TaggerModel.load())


def find(finder: CompanyFinder, title: str, body: str, lang: str) -> dict[str, Company]:
    return {c.id: c for c in finder.find(cut(title, body, lang))}


def mentions(company: Company) -> set[tuple[str, str]]:
    return {(m.text, m.kind) for m in company.mentions}


def test_the_story(finder: CompanyFinder) -> None:
    found = find(finder, *STORY)
    assert {"microsoft", "openai"} <= found.keys()
    assert ("GPT-4", "product") in mentions(found["openai"])
    assert ("Sam Altman", "person") in mentions(found["openai"])
    assert ("Le groupe de Redmond", "reference") in mentions(found["microsoft"])
    assert ("Azure", "product") in mentions(found["microsoft"])


def test_the_paper_that_reports_is_a_source(finder: CompanyFinder) -> None:
    found = find(finder, *STORY)
    assert {c.role for c in found.values() if c.name == "The Information"} == {"source"}


def test_offsets_are_exact_and_companies_come_in_order(finder: CompanyFinder) -> None:
    title, body, lang = STORY
    companies = finder.find(cut(title, body, lang))
    for company in companies:
        for m in company.mentions:
            assert {"title": title, "body": body}[m.field][m.start : m.end] == m.text
    firsts = [(c.mentions[0].field != "title", c.mentions[0].start) for c in companies]
    assert firsts == sorted(firsts)


def test_the_same_article_gives_the_same_companies(finder: CompanyFinder) -> None:
    document = cut(*STORY)
    assert finder.find(document) == finder.find(document)
    assert CompanyFinder(registry.load(), TaggerModel.load()).find(document) == finder.find(
        document
    )


@pytest.mark.parametrize(
    ("body", "lang", "id_"),
    [
        ("The carmaker RENAULT sold more cars than rival Volkswagen in May.", "en", "renault"),
        ("Le concurrent d’Orange baisse ses prix de 5 %.", "fr", "orange"),
        ("La banque Societe Generale a publié un bénéfice de 900 millions d'euros.", "fr", ""),
        ("Shares of Apple (AAPL) rose after Microsoft's results.", "en", "apple"),
    ],
)
def test_dress(finder: CompanyFinder, body: str, lang: str, id_: str) -> None:
    found = find(finder, "", body, lang)
    if id_:
        assert id_ in found
    assert all(c.known for c in found.values())


def test_a_ticker_is_a_mention_of_its_company(finder: CompanyFinder) -> None:
    found = find(finder, "", "Shares of Apple (AAPL) rose 3% after strong iPhone sales.", "en")
    assert ("AAPL", "ticker") in mentions(found["apple"])


def test_a_company_that_nobody_listed_keeps_its_id_and_short_name(finder: CompanyFinder) -> None:
    body = (
        "Brenvik Robotics, a start-up in Bergen, has raised 20 million euros from investors. The "
        "company will supply Siemens. Brenvik employs 40 people, its chief executive said."
    )
    found = find(finder, "", body, "en")
    company = found["brenvik-robotics"]
    assert not company.known
    assert {"Brenvik Robotics", "Brenvik"} <= {m.text for m in company.mentions}
    assert "brenvik" not in found


def test_a_lone_company_is_what_the_company_means(finder: CompanyFinder) -> None:
    body = "Danone sold its dairy farms in Russia. The company expects a loss of 200 million euros."
    found = find(finder, "", body, "en")
    assert ("The company", "reference") in mentions(found["danone"])


def test_an_added_company_is_found_and_a_removed_one_is_not_known(finder: CompanyFinder) -> None:
    body = "The bank Dravenport cut 300 jobs, and its rival BNP Paribas hired 200."
    update = CompanyUpdate(id="dravenport-group", name="Dravenport", country="GB")
    added = finder.with_registry(finder.registry.with_update(update))
    found = find(added, "", body, "en")
    assert found["dravenport-group"].known
    assert found["dravenport-group"].country == "GB"
    assert "dravenport-group" not in find(finder, "", body, "en")


def test_an_empty_article_has_no_company(finder: CompanyFinder) -> None:
    assert finder.find(cut("", "", "en")) == []
    assert finder.find(cut("?", "... 12 %", "fr")) == []


@pytest.mark.parametrize(
    "body",
    [
        "Apple " * 5000,
        " ".join(f"Company{i} Inc" for i in range(5000)),
        "A-" * 5000,
        "L'" * 5000 + "Oréal",
        "the company " * 5000 + "Apple",
        "\ud800 Apple \x00 İstanbul ẞ ﬁ Microsoft",
    ],
)
def test_hostile_text_gives_bounded_output(finder: CompanyFinder, body: str) -> None:
    companies = finder.find(cut("", body, "en"))
    assert len(companies) <= MAX_COMPANIES
    assert all(len(c.mentions) <= MAX_MENTIONS for c in companies)


def test_word_types_are_forgotten_when_they_are_too_many(finder: CompanyFinder) -> None:
    expected = finder.find(cut(*STORY))
    small = CompanyFinder(registry.load(), TaggerModel.load())
    small.tagger.most_types = 50
    for number in range(1, 4):
        # Other words come to lie where those of the story lay.
        small.find(cut("", "Siemens and " * number + "other words " * number**2, "en"))
        small.find(cut("", " ".join(f"Word{i}" for i in range(40 * number)), "en"))
        assert small.find(cut(*STORY)) == expected
