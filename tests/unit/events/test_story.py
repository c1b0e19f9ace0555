"""The story the project began with: allied and rival at once."""

import pytest

from streams.articles.events.detector import DetectedEvent, EventDetector

from .texts import events

NAMES = ("Microsoft", "OpenAI")
PRODUCTS = {"Microsoft": ("MAI-1", "Azure"), "OpenAI": ("GPT-4",)}

FRENCH_RIVAL = "Microsoft prépare un nouveau modèle, MAI-1, pour concurrencer OpenAI et son GPT-4."
FRENCH_ALLY = "Microsoft a investi plus de 13 milliards de dollars dans OpenAI et détient 49 % de son capital."
FRENCH_CLOUD = "Microsoft est aussi le partenaire exclusif d'OpenAI dans le cloud."
ENGLISH_RIVAL = "Microsoft is preparing a new model, MAI-1, to compete with OpenAI and its GPT-4."
ENGLISH_ALLY = (
    "Microsoft has invested more than $13bn in OpenAI, in which it holds a 49% stake, "
    "and is its exclusive cloud partner."
)

ORDERS = [
    ("fr", "Intelligence artificielle", f"{FRENCH_RIVAL} {FRENCH_ALLY} {FRENCH_CLOUD}"),
    ("fr", "", f"{FRENCH_ALLY} {FRENCH_RIVAL}"),
    ("fr", "Microsoft défie OpenAI", f"{FRENCH_ALLY} {FRENCH_CLOUD}"),
    ("en", "Artificial intelligence", f"{ENGLISH_RIVAL} {ENGLISH_ALLY}"),
    ("en", "", f"{ENGLISH_ALLY} {ENGLISH_RIVAL}"),
    ("en", "Microsoft takes on OpenAI", ENGLISH_ALLY),
]


def by_type(found: list[DetectedEvent]) -> dict[str, DetectedEvent]:
    return {event.type: event for event in found}


@pytest.mark.parametrize(("lang", "title", "body"), ORDERS)
def test_both_relations_are_told(detector: EventDetector, lang: str, title: str, body: str) -> None:
    found = events(detector, lang, body, *NAMES, title=title, products=PRODUCTS)
    assert sorted(e.type for e in found) == ["competition", "partnership"]
    assert by_type(found)["competition"].status in ("asserted", "planned")
    assert by_type(found)["partnership"].status == "asserted"


@pytest.mark.parametrize(
    ("lang", "body"), [("fr", f"{FRENCH_RIVAL} {FRENCH_ALLY}"), ("en", ENGLISH_ALLY)]
)
def test_the_investment_has_its_amounts(detector: EventDetector, lang: str, body: str) -> None:
    found = events(detector, lang, body, *NAMES, products=PRODUCTS)
    event = by_type(found)["partnership"]
    assert event.subtype == "investment"
    assert [(a.value, a.unit) for a in event.amounts] == [(13e9, "USD"), (49.0, "percent")]
    assert event.participants == (("microsoft", "investor"), ("openai", "investee"))


def test_a_paper_that_reports_it_takes_no_part(detector: EventDetector) -> None:
    body = f"{ENGLISH_RIVAL} The Information reported this on Monday."
    found = events(detector, "en", body, *NAMES, "The Information", products=PRODUCTS)
    assert {p[0] for e in found for p in e.participants} == {"microsoft", "openai"}
