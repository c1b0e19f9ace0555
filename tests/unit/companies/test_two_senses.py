"""Companies against ordinary words, people and places. The floors are what was reached, less a little."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut
from streams.articles.encoder.encoder import Encoder

DATA = Path(__file__).parents[2] / "data" / "companies"
RIGHT_AT_LEAST = {"quick": 0.55, "thorough": 0.75}
ALARMS_PER_1000_WORDS_AT_MOST = {"quick": 3.0, "thorough": 2.0}

Finders = dict[str, CompanyFinder]


@pytest.fixture(scope="module")
def finders() -> Finders:
    """By reader: without and with the encoder."""
    known, model = registry.load(), TaggerModel.load()
    return {
        "quick": CompanyFinder(known, model),
        "thorough": CompanyFinder(known, model, names=Encoder.load().names),
    }


def texts(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def is_right(finder: CompanyFinder, text: dict[str, Any]) -> bool:
    companies = finder.find(cut(text["title"], text["text"], text["lang"]))
    named = {m.text.lower() for c in companies for m in c.mentions}
    found = all(any(w.lower() in n or n in w.lower() for n in named) for w in text["companies"])
    return found and named.isdisjoint(w.lower() for w in text["not"])


@pytest.mark.parametrize("reader", ["quick", "thorough"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_ambiguous_words_are_told_by_their_context(
    finders: Finders, lang: str, reader: str
) -> None:
    cases = [t for t in texts("ambiguous.jsonl") if t["lang"] == lang]
    wrong = [t["title"] for t in cases if not is_right(finders[reader], t)]
    assert len(wrong) <= (1 - RIGHT_AT_LEAST[reader]) * len(cases), wrong


@pytest.mark.parametrize("reader", ["quick", "thorough"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_ordinary_news_has_few_companies(finders: Finders, lang: str, reader: str) -> None:
    words, alarms = 0, []
    for text in texts("ordinary.jsonl"):
        if text["lang"] == lang:
            words += len(f"{text['title']} {text['text']}".split())
            found = finders[reader].find(cut(text["title"], text["text"], lang))
            alarms += [company.name for company in found]
    assert 1000 * len(alarms) / words <= ALARMS_PER_1000_WORDS_AT_MOST[reader], alarms


@pytest.mark.parametrize(
    ("body", "lang", "words"),
    [
        ("The Orange Order marched through Portadown on Saturday.", "en", {"Orange"}),
        ("She planted an apple tree and an orange tree by the gate.", "en", {"apple", "orange"}),
        ("Le ministère de la Justice et le tribunal de Nanterre sont saisis.", "fr", {"Nanterre"}),
        ("Le but fut marqué par Kylian Mbappé contre l'OM, à Lyon.", "fr", {"OM", "Lyon"}),
    ],
)
def test_what_is_no_company(finders: Finders, body: str, lang: str, words: set[str]) -> None:
    named = {m.text for c in finders["quick"].find(cut("", body, lang)) for m in c.mentions}
    assert named.isdisjoint(words)
