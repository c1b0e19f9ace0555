"""The encoder is asked for names where the tagger is in doubt, and its word is weighed with the tagger's."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import Document, cut
from streams.articles.encoder.encoder import Encoder
from streams.articles.encoder.reading import LABELS, Floats, NameBlend

PLAIN = "Il pleut. Les enfants jouent devant la maison."
DOUBTFUL = "Harrow said it would open a second plant, and Tallis did not comment."


@dataclass
class Told:
    """Says of one word that it is a company or that it is not, and counts how often it is asked."""

    word: str
    company: bool
    blend: NameBlend = field(
        default_factory=lambda: NameBlend(
            0.1,
            1.0,
            2.0,
            0.35,
            (*TaggerModel.load().judge.mention, *TaggerModel.load().judge.weights),
        )
    )
    asked: int = 0

    def of(self, document: Document) -> Mapping[str, Floats]:
        self.asked += 1
        told: dict[str, Floats] = {}
        for field_ in document.fields:
            rows = np.zeros((len(field_.words), LABELS), np.float32)
            for at, word in enumerate(field_.words):
                if word == self.word:
                    rows[at] = -8.0
                    rows[at, 1 if self.company else 0] = 0.0
            told[field_.name] = rows
        return told


def names(told: Told, text: str, lang: str = "en") -> set[str]:
    finder = CompanyFinder(registry.load(), TaggerModel.load(), names=told)
    return {company.name for company in finder.find(cut("", text, lang))}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def test_it_is_not_asked_where_there_is_no_doubt() -> None:
    told = Told("Harrow", company=True)
    assert names(told, PLAIN, "fr") == set()
    assert told.asked == 0


def test_its_word_counts() -> None:
    for_it, against = Told("Harrow", company=True), Told("Harrow", company=False)
    assert "Harrow" in names(for_it, DOUBTFUL)
    assert "Harrow" not in names(against, DOUBTFUL)
    assert for_it.asked == against.asked == 1


def test_it_tells_a_firm_from_a_person(encoder: Encoder) -> None:
    document = cut(
        "", "Harrow, which makes pumps, supplies Tolvane. Mary Harrow was born in Leeds.", "en"
    )
    told = encoder.names.of(document)["body"]
    company = np.exp(told)[:, 1:].sum(axis=1)
    first, person = (at for at, word in enumerate(document.body.words) if word == "Harrow")
    assert company[first] > company[person]


@pytest.mark.parametrize(
    "body", ["", "\u202e\u200b", "Airbus " * 5_000, "\ud83d\ude00" * 300, "A." * 4_000]
)
def test_any_text_can_be_read(encoder: Encoder, body: str) -> None:
    document = cut("Airbus and Boeing", body, "en")
    told = encoder.names.of(document)
    for field_ in document.fields:
        assert told[field_.name].shape == (len(field_.words), LABELS)
        assert np.isfinite(told[field_.name]).all()


def test_the_same_article_is_read_the_same(encoder: Encoder) -> None:
    document = cut("", DOUBTFUL, "en")
    one, other = encoder.names.of(document), encoder.names.of(document)
    np.testing.assert_array_equal(one["body"], other["body"])
