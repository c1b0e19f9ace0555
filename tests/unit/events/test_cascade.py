"""The word network: words by number, passages as tokens, and scores."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from streams.articles.document import cut
from streams.articles.events import cascade
from streams.articles.events.candidates import Passage, Reading, passages, read
from streams.articles.events.cascade import MIDDLE, WordNetwork, Words, encode
from streams.articles.events.model import EventModel
from streams.articles.events.wording import BOTH, LEFT, OTHER, RIGHT, wording
from streams.messages import Company, FieldName, Mention

TITLE: FieldName = "title"
BODY: FieldName = "body"
LABELS = {"": 2, "WORD": 3}
FORMS = ["concurrence", "fournir", "fournissent", "rival", "with"]


def _reading(text: str, names: list[str], title: str = "", lang: str = "en") -> Reading:
    def mentions(name: str) -> tuple[Mention, ...]:
        return tuple(
            Mention(field=field, start=at, end=at + len(name), text=name, kind="name", confidence=1)
            for field, words in ((TITLE, title), (BODY, text))
            for at in range(len(words))
            if words.startswith(name, at)
        )

    companies = [
        Company(id=n, name=n, known=True, salience=0.5, role="actor", mentions=mentions(n))
        for n in names
    ]
    return read(cut(title, text, lang), companies)


def _passage(text: str, names: list[str], lang: str = "en") -> tuple[Reading, Passage]:
    reading = _reading(text, names, lang=lang)
    return reading, passages(reading, 0, 1)[0]


def _network() -> WordNetwork:
    rng = np.random.default_rng(7)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.4, shape).astype(np.float32)

    size, states, numbers = 6, 8, len(_numbers())
    parts = {
        "project": some(size, states),
        "label": some(4, states),
        "kind": some(21, states),
        "left": some(2 * MIDDLE + 1, states),
        "right": some(2 * MIDDLE + 1, states),
        "norm.weight": some(states),
        "norm.bias": some(states),
        "o1.weight": some(5 * states + numbers, 5),
        "o1.bias": some(5),
        "o2.weight": some(5, 3),
        "o2.bias": some(3),
    }
    for layer in range(3):
        parts[f"c{layer}.weight"] = some(3 * states, states)
        parts[f"c{layer}.bias"] = some(states)
    vectors = rng.integers(-90, 90, (len(FORMS) + 2, size)).astype(np.int8)
    return WordNetwork(
        "words-test", LABELS, Words(FORMS), vectors, np.ones((2, 2), np.float32), parts
    )


def _numbers() -> list[float]:
    return [0.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("rival", 5),
        ("Rival", 5),
        ("fournissait", 4),  # unknown, but a form with another ending is known
        ("concurrences", 2),
        ("rive", 1),  # shares too little
        ("Concurrences", 1),  # a name is not taken for a word
        ("", 0),
    ],
)
def test_a_word_has_the_number_of_its_form_or_of_the_nearest(word: str, number: int) -> None:
    assert Words(FORMS).number(word) == number


def test_words_that_were_met_are_forgotten_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cascade, "_MOST_SEEN", 3)
    few = Words(FORMS)
    for word in ("", *FORMS, "rivals", "", *FORMS):
        assert few.number(word) == Words(FORMS).number(word)
        assert len(few._seen) <= 3


def test_companies_named_in_one_breath_are_one_token() -> None:
    reading, passage = _passage("Fenlin and Gasco fight Torvero.", ["Fenlin", "Torvero", "Gasco"])
    found = wording(reading, passage)
    assert [t.word for t in found.tokens] == ["", "fight", "", "."]
    assert found.tokens[found.left].marker == LEFT
    assert found.tokens[found.right].marker == RIGHT


def test_a_pair_in_one_breath_stands_in_one_place() -> None:
    reading, passage = _passage(
        "Borlin, Gasco and Fenlin met Ista.", ["Borlin", "Fenlin", "Gasco", "Ista"]
    )
    found = wording(reading, passage)
    assert found.left == found.right
    assert found.tokens[found.left].marker == BOTH
    assert OTHER in [t.marker for t in found.tokens]


def test_places_are_exact_near_a_company_and_coarse_far_from_it() -> None:
    text = "Fenlin " + "word " * 30 + "Torvero."
    reading, passage = _passage(text, ["Fenlin", "Torvero"])
    coded = encode(LABELS, Words(FORMS), [wording(reading, passage)])
    assert coded.left[0, 0] == MIDDLE
    assert coded.left[0, 1] == MIDDLE + 1
    assert coded.left[0, 29] == coded.left[0, 30] == 2 * MIDDLE - 1
    assert set(coded.region[0, 1:31]) == {2}


def test_a_score_does_not_depend_on_the_passages_beside_it() -> None:
    network = _network()
    short = wording(*_passage("Fenlin fights Torvero.", ["Fenlin", "Torvero"]))
    long = wording(
        *_passage("In the north Fenlin works with Torvero on a rival line.", ["Fenlin", "Torvero"])
    )
    numbers = np.array([_numbers()], np.float32)
    alone = network.score([short], numbers)
    together = network.score([short, long], np.repeat(numbers, 2, axis=0))
    assert alone.shape == (1, 3)
    np.testing.assert_allclose(alone[0], together[0], rtol=1e-4, atol=1e-4)


def test_long_passages_are_cut() -> None:
    text = "Fenlin " + "word " * 120 + "Torvero."
    reading, passage = _passage(text, ["Fenlin", "Torvero"])
    found = wording(reading, passage)
    assert len(found.tokens) <= 72
    assert found.tokens[found.right].marker == RIGHT


def test_the_model_names_the_word_network_it_runs_with() -> None:
    plain = EventModel.load(Path(str(files("streams.articles.events").joinpath("data/model.npz"))))
    network = _network()
    model = plain.with_words(network)
    assert plain.words is None
    assert model.version == f"{plain.version}+words-test"
    assert model.calibration is network.calibration


def test_the_word_network_judges_what_the_linear_model_doubts() -> None:
    shipped = EventModel.load()
    plain = replace(shipped, words=None)
    reading, passage = _passage("Fenlin competes with Torvero.", ["Fenlin", "Torvero"])
    (first,), (second,) = plain.judge(reading, [passage]), shipped.judge(reading, [passage])
    assert first.odds == first.linear
    assert second.odds != second.linear
    assert first.odds[0] != second.odds[0]
