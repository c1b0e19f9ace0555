"""Reports of one story are told from others, across papers and languages."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.articles.enrich import Analyst
from streams.articles.story import company_fact, story_mark
from streams.messages import Enriched
from streams.relations.stories import groups
from streams.training.stories import copies, figures, grouped, pairwise, reports
from streams.wire import analyst
from streams.wire import settings as declaration
from tests.unit.relations.test_memory import enriched

SEEN, LATER = reports("stories.txt"), reports("stories_later.txt")


@pytest.fixture(scope="module")
def reader() -> Analyst:
    return analyst.load(declaration.load({}))


def test_stories_are_grouped_as_well_as_the_documentation_says(reader: Analyst) -> None:
    written = [*SEEN, *LATER]
    every = [*written, *copies(written)]
    stories = grouped(sorted(every, key=lambda r: r.hours), reader)
    assert figures(pairwise(SEEN, stories))[2] >= 0.98
    assert figures(pairwise(LATER, stories))[2] >= 0.6
    assert figures(pairwise(every, stories))[2] >= 0.91


def test_grouping_does_not_depend_on_the_order_of_arrival(reader: Analyst) -> None:
    some = [r for r in SEEN if r.pair in ("microsoft~openai", "ford~volkswagen")]
    forth, back = grouped(some, reader), grouped(some[::-1], reader)

    def partition(stories: dict[str, str]) -> set[frozenset[str]]:
        return {
            frozenset(id for id, story in stories.items() if story == name)
            for name in stories.values()
        }

    assert partition(forth) == partition(back)


def test_a_story_a_month_later_is_another(reader: Analyst) -> None:
    report = replace(SEEN[0], id="later", hours=SEEN[0].hours + 40 * 24, body=SEEN[2].body)
    stories = grouped([SEEN[0], report], reader)
    assert stories[SEEN[0].id] != stories["later"]


def facts(text: str) -> set[str]:
    hexadecimal = story_mark(enriched(text)).facts
    return {hexadecimal[i : i + 4] for i in range(0, len(hexadecimal), 4)}


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("a stake of 12 percent", "une part de 12 %"),
        ("paid $3.5 billion", "a payé 3,5 milliards de dollars"),
        ("paid $3.5bn", "a payé 3,5 milliards"),
        ("some 800,000 tonnes", "quelque 800 000 tonnes"),
        ("some 1.2 million cars", "environ 1,2 million de voitures"),
        ("said Elvira Montez on Friday", "a dit vendredi Elvira Montez"),
    ],
)
def test_facts_are_the_same_in_both_languages(english: str, french: str) -> None:
    assert facts(english)
    assert facts(english) == facts(french)


def test_small_numbers_and_years_are_no_facts() -> None:
    assert not facts("the 3 firms said in 2024 that they had met 7 times")


def test_another_number_is_another_fact() -> None:
    assert not facts("a stake of 12 percent") & facts("a stake of 13 percent")


def test_a_company_is_a_fact() -> None:
    assert len(company_fact("openai")) == 4
    assert company_fact("openai") != company_fact("microsoft")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text_has_a_mark_and_always_the_same(text: str) -> None:
    article = enriched(text)
    mark = story_mark(article)
    assert mark == story_mark(msgspec.json.decode(msgspec.json.encode(article), type=Enriched))
    assert len(mark.shingles) <= 16 * 8
    assert len(mark.words) <= 48 * 4
    assert len(mark.facts) <= 32 * 4


def test_groups_are_what_links_connect() -> None:
    near = {0: [2], 1: [], 2: [0, 3], 3: [2]}
    assert groups("abcd", lambda i: near[i]) == [["a", "c", "d"], ["b"]]
