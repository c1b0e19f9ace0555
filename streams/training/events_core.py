"""CORE (Borchert et al., EMNLP 2023, CC BY 4.0) as training examples.

The set says for a sentence how two given entities are related; of the others it says nothing,
so only that pair is learned. The other companies are those that the company finder sees. A fifth of
the sentences is kept from training, for `streams.training.core_measure`.
"""

import json
import zlib
from pathlib import Path
from typing import Any

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut
from streams.articles.events.candidates import passages, read
from streams.messages import Company, Mention
from streams.training.events_data import Example

RELATIONS = {
    "competitor_of": "competition",
    "collaboration": "partnership",
    "client_of": "partnership",
    "shareholder_of": "partnership",
    "subsidiary_of": "ownership",
    "acquired_by": "ownership",
    "merged_with": "ownership",
}
_HELD_BACK = 5
_CLOSERS = frozenset([".", ",", ";", ":", ")", "'s", "%", "?", "!", "n't"])
MAX_OTHERS = 16

Span = tuple[int, int]


def sentence(words: list[str]) -> tuple[str, list[Span]]:
    """Words joined as a text, with the span of each."""
    text = ""
    spans: list[Span] = []
    for word in words:
        if text and word not in _CLOSERS and not text.endswith(("(", "$")):
            text += " "
        spans.append((len(text), len(text) + len(word)))
        text += word
    return text, spans


def companies_in(item: dict[str, Any], finder: CompanyFinder) -> list[Company] | None:
    """The given pair first, then the others that the finder sees; None where the pair overlaps."""
    text, spans = sentence(item["context"])
    pair = [(spans[item[f"{e}_start"]][0], spans[item[f"{e}_end"]][1]) for e in ("e1", "e2")]
    if pair[0][0] < pair[1][1] and pair[1][0] < pair[0][1]:
        return None
    groups = [[span] for span in pair]
    for company in finder.find(cut("", text, "en")):
        mentions = [(m.start, m.end) for m in company.mentions if m.kind in ("name", "product")]
        free = [m for m in mentions if not any(m[0] < b and a < m[1] for a, b in pair)]
        if free and len(groups) < 2 + MAX_OTHERS:
            groups.append(free)
    return [_company(n, group, text) for n, group in enumerate(groups)]


def parts(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sentences to learn from, and the fifth that is kept to measure with."""
    learned: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for item in json.loads(path.read_text(encoding="utf-8")):
        back = zlib.crc32(" ".join(item["context"]).encode()) % _HELD_BACK == 0
        (kept if back else learned).append(item)
    return learned, kept


def core_examples(path: Path) -> list[Example]:
    """The given pair of each sentence to learn from, one example a passage."""
    finder = CompanyFinder(registry.load(), TaggerModel.load())
    found: list[Example] = []
    for number, item in enumerate(parts(path)[0]):
        companies = companies_in(item, finder)
        if companies is None:
            continue
        reading = read(cut("", sentence(item["context"])[0], "en"), companies)
        relation = RELATIONS.get(item["relation"])
        for place, passage in enumerate(passages(reading, 0, 1)):
            told = {relation: [item]} if relation and place == 0 else {}
            elsewhere = frozenset([relation]) if relation and place else frozenset[str]()
            found.append(Example(number, number, passage, reading, told, elsewhere))
    return found


def _company(number: int, spans: list[Span], text: str) -> Company:
    return Company(
        id=f"c{number}",
        name=text[slice(*spans[0])],
        known=True,
        salience=0.5,
        role="actor",
        mentions=tuple(
            Mention(field="body", start=a, end=b, text=text[a:b], kind="name", confidence=1.0)
            for a, b in spans
        ),
    )
