"""The readable files of the registry: unique, consistent, and the prebuilt file made of them."""

import hashlib
from collections import defaultdict

import pytest

from streams.articles.companies import registry
from streams.articles.companies.registry import BUILT_FILE
from streams.articles.companies.words import key_of
from streams.training.companies_files import read, several

FOLDER = BUILT_FILE.parent / "registry"
COMMAND = "python -m streams.training.companies_registry"


@pytest.fixture(scope="module")
def curated() -> list[dict[str, str]]:
    return read(FOLDER / "companies.csv")


def test_there_are_more_than_twenty_thousand_companies() -> None:
    assert len(registry.load()) > 20_000


def test_the_prebuilt_file_is_made_of_these_files() -> None:
    sources = hashlib.blake2b(digest_size=16)
    for path in sorted(FOLDER.glob("*.csv")):
        sources.update(path.name.encode() + path.read_bytes())
    assert registry.load().sources == sources.hexdigest(), f"run {COMMAND}"


def test_no_id_twice(curated: list[dict[str, str]]) -> None:
    ids = [row["id"] for row in curated]
    assert len(ids) == len(set(ids))


def test_every_parent_is_a_company_and_none_owns_itself(curated: list[dict[str, str]]) -> None:
    parents = {row["id"]: row["parent"] for row in curated}
    for id_ in parents:
        chain = [id_]
        while parents[chain[-1]]:
            assert parents[chain[-1]] in parents, chain
            assert parents[chain[-1]] not in chain, chain
            chain.append(parents[chain[-1]])


def test_no_name_is_shared_by_two_companies_without_a_rule(curated: list[dict[str, str]]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for row in curated:
        for name in (row["name"], *several(row["aliases"])):
            owners[key_of(name)].add(row["id"])
    ruled = {key_of(row["name"]) for row in read(FOLDER / "shared_names.csv")}
    shared = {name for name, ids in owners.items() if len(ids) > 1}
    assert shared <= ruled, f"add to shared_names.csv: {sorted(shared - ruled)[:20]}"


def test_every_rule_for_a_shared_name_names_companies_that_have_it() -> None:
    companies = registry.load()
    for row in read(FOLDER / "shared_names.csv"):
        ids = {m.of for m in companies.meanings(row["name"])}
        assert row["company"] in ids, row


def test_every_product_and_person_belongs_to_a_company(curated: list[dict[str, str]]) -> None:
    ids = {row["id"] for row in curated}
    assert {row["owner"] for row in read(FOLDER / "products.csv")} <= ids
    assert {row["company"] for row in read(FOLDER / "people.csv")} <= ids


def test_every_ticker_and_nickname_of_the_index_is_in_the_record_of_its_company() -> None:
    built = registry.load()
    for ticker, id_ in built._built.tickers.items():
        company = built.get(id_)
        assert company is not None
        assert ticker in company.tickers
    for key, packed in built._meanings.items():
        for meaning in registry.parse_meanings(packed) if packed else ():
            if meaning.kind == "nickname":
                company = built.get(meaning.of)
                assert company is not None
                assert key in {key_of(name) for name in company.nicknames}
