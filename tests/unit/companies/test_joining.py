"""Two names of an article that are one company."""

import pytest

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut


@pytest.fixture(scope="module")
def finder() -> CompanyFinder:
    return CompanyFinder(registry.load(), TaggerModel.load())


def named(finder: CompanyFinder, text: str) -> dict[str, list[str]]:
    """By id, the names of each company of a text."""
    found = finder.find(cut("", text, "en"))
    return {c.id: [m.text for m in c.mentions if m.kind == "name"] for c in found}


def test_a_short_name_may_come_before_the_full_one(finder: CompanyFinder) -> None:
    text = "Brenvik shares rose after Brenvik Robotics signed a contract with Volvo."
    found = named(finder, text)
    assert found["brenvik-robotics"] == ["Brenvik", "Brenvik Robotics"]


def test_a_longer_name_is_the_company_that_the_registry_knows(finder: CompanyFinder) -> None:
    found = named(finder, "AirTran cut fares. AirTran Airways will buy jets from Boeing.")
    assert found == {"airtran": ["AirTran", "AirTran Airways"], "boeing": ["Boeing"]}


def test_a_founders_given_name_may_be_left_out(finder: CompanyFinder) -> None:
    found = named(finder, "The Walt Disney Company bought Fox. Disney paid 71 billion dollars.")
    assert found["disney"] == ["The Walt Disney Company", "Disney"]


def test_initials_in_brackets_mean_the_name_before_them(finder: CompanyFinder) -> None:
    text = "Anglo Belgian Corporation (ABC) makes engines in Ghent. ABC supplies Damen."
    assert named(finder, text)["anglo-belgian"] == ["Anglo Belgian Corporation", "ABC", "ABC"]


def test_two_companies_of_the_registry_stay_two(finder: CompanyFinder) -> None:
    found = named(finder, "Siemens competes with Siemens Energy for the contract of Orsted.")
    assert {"siemens", "siemens-energy"} <= found.keys()


def test_a_short_name_of_two_stays_by_itself(finder: CompanyFinder) -> None:
    text = (
        "Brenvik, which owns Brenvik Robotics Inc and Brenvik Marine Ltd, told investors that "
        "Brenvik Robotics Inc would supply Volvo and that Brenvik Marine Ltd would supply Damen."
    )
    assert "brenvik" in named(finder, text)


def test_letters_before_a_stroke_are_no_company(finder: CompanyFinder) -> None:
    assert "canadian-pacific" not in named(finder, "Digital Research sold CP/M to IBM in 1980.")
