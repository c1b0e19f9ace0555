"""The registry in use: look-ups, and updates while running."""

from collections.abc import Sequence

import pytest

from streams.articles.companies import registry
from streams.articles.companies.registry import (
    BadUpdate,
    CompanyRecord,
    CompanyUpdate,
    Registry,
)


@pytest.fixture(scope="module")
def companies() -> Registry:
    return registry.load()


def ids(found: Sequence[tuple[CompanyRecord, str]]) -> list[str]:
    return [record.id for record, _ in found]


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("Microsoft", "microsoft"),
        ("MICROSOFT", "microsoft"),
        ("Societe Generale", "societe-generale"),
        ("L’Oréal", "l-oreal"),
        ("MSFT", "microsoft"),
        ("Big Blue", "ibm"),
        ("la marque à la pomme", "apple"),
        ("Facebook", "facebook"),
    ],
)
def test_lookup(companies: Registry, text: str, id_: str) -> None:
    assert id_ in ids(companies.lookup(text)) or id_.replace("-", "") in ids(companies.lookup(text))


def test_an_update_adds_names_and_leaves_the_old_registry_alone(companies: Registry) -> None:
    update = CompanyUpdate(
        id="quentavia", name="Quentavia", aliases=("Quentavia Labs",), tickers=("QTVX",)
    )
    new = companies.with_update(update)
    assert ids(new.lookup("quentavia labs")) == ["quentavia"]
    assert ids(new.lookup("$QTVX")) == ["quentavia"]
    assert len(new) == len(companies) + 1
    assert new.version != companies.version
    assert companies.lookup("quentavia labs") == []


def test_a_changed_company_loses_its_old_names(companies: Registry) -> None:
    new = companies.with_update(CompanyUpdate(id="microsoft", name="Macrosoft"))
    assert ids(new.lookup("Macrosoft")) == ["microsoft"]
    assert "microsoft" not in [m.of for m in new.meanings("Microsoft")]
    assert len(new) == len(companies)


def test_a_removed_company_is_not_found(companies: Registry) -> None:
    new = companies.with_update(CompanyUpdate(id="microsoft", deleted=True))
    assert new.get("microsoft") is None
    assert new.lookup("MSFT") == []
    assert len(new) == len(companies) - 1


def test_the_order_of_updates_does_not_matter(companies: Registry) -> None:
    one = CompanyUpdate(id="quentavia", name="Quentavia", aliases=("Orange",))
    two = CompanyUpdate(id="ostrelle", name="Ostrelle", aliases=("Orange",))
    first, second = companies.with_updates((one, two)), companies.with_updates((two, one))
    assert first.version == second.version
    assert first.meanings("Orange") == second.meanings("Orange")


def test_taking_back_an_addition_gives_the_same_version(companies: Registry) -> None:
    added = companies.with_update(CompanyUpdate(id="quentavia", name="Quentavia"))
    taken_back = added.with_update(CompanyUpdate(id="quentavia", deleted=True))
    assert taken_back.version == companies.version
    assert taken_back.lookup("Quentavia") == []


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (CompanyUpdate(id="", name="Quentavia"), "letters, digits"),
        (CompanyUpdate(id="no spaces", name="Quentavia"), "letters, digits"),
        (CompanyUpdate(id="quentavia"), "no name"),
        (CompanyUpdate(id="quentavia", name="Q"), "too short"),
        (CompanyUpdate(id="quentavia", name="Q" * 500), "no name of"),
        (CompanyUpdate(id="quentavia", name="Qa", aliases=("x1",) * 900), "901 names"),
        (CompanyUpdate(id="quentavia", deleted=True), "not in the registry"),
        (CompanyUpdate(id="alphabet", name="Alphabet", parent="google"), "its own owner"),
    ],
)
def test_a_bad_update_says_why_and_changes_nothing(
    companies: Registry, update: CompanyUpdate, reason: str
) -> None:
    version = companies.version
    with pytest.raises(BadUpdate, match=reason):
        companies.with_update(update)
    assert companies.version == version


def test_one_bad_update_of_several_stops_all(companies: Registry) -> None:
    good = CompanyUpdate(id="quentavia", name="Quentavia")
    with pytest.raises(BadUpdate):
        companies.with_updates((good, CompanyUpdate(id="ostrelle")))
    assert companies.lookup("Quentavia") == []
