"""The encoder is asked where the quick models are in doubt, and its word is weighed as it should be."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from streams.articles.document import cut
from streams.articles.encoder.encoder import Encoder
from streams.articles.encoder.reading import Blend, PairReading
from streams.articles.events.detector import EventDetector
from streams.messages import Company
from tests.unit.events.texts import article

BLEND = Blend(
    ask=-3.0,
    events={"competition": (0.0, 0.0, 1.0), "partnership": (0.0, 0.0, 1.0)},
    status=1.0,
    thresholds={"competition": 0.5, "partnership": 0.5},
)


@dataclass
class Told:
    """An encoder that says the same of every pair, and counts how often it is asked."""

    odds: tuple[float, float, float]
    status: str = "asserted"
    asked: int = 0
    blend: Blend = field(default=BLEND)

    def relations(
        self, companies: Sequence[Company], doubtful: Collection[tuple[int, int]]
    ) -> Mapping[tuple[int, int], PairReading]:
        assert doubtful
        self.asked += 1
        rows = {"asserted": 0, "planned": 1, "rumoured": 2, "ended": 3, "denied": 4}
        status = np.full((2, 5), -9.0, np.float32)
        status[:, rows[self.status]] = 0.0
        told = PairReading(np.array(self.odds, np.float32), status)
        count = len(companies)
        return {(a, b): told for a in range(count) for b in range(a + 1, count)}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def detector() -> EventDetector:
    return EventDetector.load()


def test_an_article_without_doubt_is_not_read(detector: EventDetector) -> None:
    told = Told((9.0, 9.0, -9.0))
    given = article("en", "Fenlin opened an office. Torvero moved.", "Fenlin", "Torvero")
    assert detector.detect(*given, told) == []
    assert told.asked == 0


def test_its_word_decides_where_there_is_doubt(detector: EventDetector) -> None:
    given = article("en", "Fenlin competes with Torvero.", "Fenlin", "Torvero")
    assert [e.type for e in detector.detect(*given, Told((5.0, -5.0, -5.0)))] == ["competition"]
    assert detector.detect(*given, Told((-5.0, -5.0, -5.0))) == []


def test_the_status_it_reads_is_told(detector: EventDetector) -> None:
    given = article("en", "Fenlin competes with Torvero.", "Fenlin", "Torvero")
    (event,) = detector.detect(*given, Told((5.0, -5.0, -5.0), status="rumoured"))
    assert event.status == "rumoured"


def test_explanations_name_it(detector: EventDetector) -> None:
    given = article("en", "Fenlin competes with Torvero.", "Fenlin", "Torvero")
    told = {j.type: j for j in detector.explain(*given, Told((5.0, -5.0, -5.0)))}
    assert told["competition"].encoder == 5.0
    assert told["competition"].decision
    assert {j.encoder for j in detector.explain(*given)} == {None}


def test_the_same_article_is_read_the_same(encoder: Encoder) -> None:
    document, companies = article(
        "fr", "Fenlin s'associe à Torvero face à Oxelin.", "Fenlin", "Torvero", "Oxelin"
    )
    one, other = encoder.open(document), encoder.open(document)
    first, second = one.relations(companies, [(0, 1)]), other.relations(companies, [(0, 1)])
    assert first.keys() == second.keys() == {(0, 1), (0, 2), (1, 2)}
    for pair, told in first.items():
        np.testing.assert_array_equal(told.odds, second[pair].odds)


def test_it_tells_rivals_from_allies(encoder: Encoder) -> None:
    document, companies = article(
        "en",
        "Airbus and Rolls-Royce signed a supply agreement. Boeing, the rival of Airbus, lost the order.",
        "Airbus",
        "Rolls-Royce",
        "Boeing",
    )
    told = encoder.open(document).relations(companies, [(0, 1)])
    assert told[0, 1].odds[1] > told[0, 1].odds[0]
    assert told[0, 2].odds[0] > told[0, 2].odds[1]


@pytest.mark.parametrize(
    "body", ["", "\u202e\u200b", "Airbus " * 5_000, "\ud83d\ude00" * 300, "A." * 4_000]
)
def test_any_text_can_be_read(encoder: Encoder, body: str) -> None:
    document, companies = article("en", f"Airbus and Boeing. {body}", "Airbus", "Boeing")
    told = encoder.open(document).relations(companies, [(0, 1)])
    assert set(told) == {(0, 1)}
    assert np.isfinite(told[0, 1].odds).all()
    assert encoder.open(cut("", body, "en")).relations([], []) == {}
