"""Pairs are counted by stance, as the tables hold them and as messages change them."""

import pytest

from streams.relations.rules import Rules
from streams.relations.state import PairState, encode
from streams.wire.census import SLICE, Census
from streams.wire.metrics import Metrics
from streams.wire.watchlist import Watchlist
from tests.unit.wire.pipeline_parts import event, made, pipeline

WATCHED = "microsoft~openai"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def census(metrics: Metrics) -> Census:
    return Census(metrics, Watchlist(frozenset(), frozenset({WATCHED})), Rules())


def counts(metrics: Metrics) -> dict[str, float]:
    stances = ("none", "allies", "rivals", "frenemies")
    found = {
        s: metrics.registry.get_sample_value("frenemy_relations", {"stance": s}) for s in stances
    }
    return {s: value for s, value in found.items() if value}


def test_a_change_moves_a_pair(metrics: Metrics, census: Census) -> None:
    census.note(b"a~b", "rivals", None)
    census.note(b"c~d", "rivals", None)
    census.note(b"a~b", "frenemies", None)
    census.note(b"a~b", "frenemies", None)
    assert counts(metrics) == {"rivals": 1, "frenemies": 1}
    census.forget()
    assert counts(metrics) == {}


async def test_a_table_is_taken_in_and_messages_meanwhile_are_newer(
    metrics: Metrics, census: Census
) -> None:
    pairs = [f"a~{n}" for n in range(SLICE * 2 + 1)]
    census.note(b"a~3", "rivals", None)
    await census.count((p.encode(), encode(PairState(pair=p, stance="allies"))) for p in pairs)
    assert counts(metrics) == {"allies": len(pairs) - 1, "rivals": 1}


async def test_a_watched_pair_has_its_series_from_messages_and_from_tables() -> None:
    text = b'{"id": "a1", "title": "Microsoft and OpenAI signed a partnership.", "lang": "en"}'
    parts, metrics = pipeline()
    outputs, _ = parts.handle(
        event("news.articles.raw", b"a1", text), parts.read_article, "articles"
    )
    detection = next(output for output in outputs if output.topic == "news.detections")
    parts.handle(made(detection), parts.relate_pair, "relations")

    def strength() -> float | None:
        labels = {"pair": WATCHED, "type": "partnership"}
        return metrics.registry.get_sample_value("frenemy_watched_pair_strength_ratio", labels)

    told = strength()
    assert told is not None
    assert told > 0.3
    labels = {"pair": WATCHED}
    assert metrics.registry.get_sample_value("frenemy_watched_pair_stance", labels) == 1
    parts.census.forget()
    assert strength() is None
    await parts.count_pairs()
    assert strength() == pytest.approx(told)
    assert counts(metrics) == {"allies": 1}
