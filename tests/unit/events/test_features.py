import pytest

from streams.articles.events import features as described
from streams.articles.events.candidates import pairs, passages
from streams.articles.events.features import Features, features
from streams.articles.events.model import EventModel
from tests.unit.events.test_cascade import _passage

TEXT = "In the north Fenlin works with Torvero, but it competes with Marden on a rival line."
NAMES = ["Fenlin", "Torvero", "Marden"]


def test_rows_are_those_of_the_names() -> None:
    model = EventModel.load()
    reading, _ = _passage(TEXT, NAMES)
    for pair in pairs(reading):
        for passage in passages(reading, *pair):
            known = map(model.vocabulary.get, features(reading, passage))
            rows = [row for row in known if row is not None]
            assert model.described.of(reading, passage) == rows
            assert [model.names[row] for row in rows] == [
                name for name in features(reading, passage) if name in model.vocabulary
            ]


def test_each_feature_is_given_once() -> None:
    reading, passage = _passage(TEXT, NAMES)
    found = features(reading, passage)
    assert len(found) == len(set(found))
    assert "plainly=partnership" in found


def test_what_was_met_is_forgotten_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(described, "_MOST_KEPT", 3)
    asked: list[str] = []

    def value(name: str) -> str:
        asked.append(name)
        return name

    few = Features(value)
    reading, passage = _passage(TEXT, NAMES)
    expected = features(reading, passage)
    for _ in range(3):
        assert few.of(reading, passage) == expected
    first = len(asked)
    few.of(reading, passage)
    assert len(asked) > first
