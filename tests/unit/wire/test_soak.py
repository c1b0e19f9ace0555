"""What a soak calls flat, and what not."""

import random

import msgspec
import pytest

from tests.soak import picture
from tests.soak.backlog import Depth, bounded
from tests.soak.inside import table_bytes
from tests.soak.verdict import Limits, Sample, judge, slope

# 30 minutes at 15 articles a second, a sample every five seconds.
COUNT, EVERY, RATE = 360, 5.0, 15.0
REMEMBERED = 300


def samples(
    leak: float = 0.0, blocks: float = 0.0, noise: float = 1.5, start: float = 40.0
) -> list[Sample]:
    """Memory that fills its caches, jumps up and down, remembers articles, and leaks so many bytes of each."""
    chance = random.Random(4)
    made = []
    for number in range(COUNT):
        seconds = number * EVERY
        articles = int(seconds * RATE)
        tables = articles * REMEMBERED / 1e6
        caches = start * min(1.0, seconds / 400)
        made.append(
            Sample(
                seconds=seconds,
                articles=articles,
                megabytes=250 + caches + tables + leak * articles / 1e6 + chance.gauss(0, noise),
                table_megabytes=tables,
                table_entries=articles,
                blocks=2_000_000
                + 2 * articles
                + int(blocks * articles)
                + int(chance.gauss(0, 2_000)),
                objects=900_000,
                files=40,
                lag=chance.randrange(20),
                in_flight=chance.randrange(60),
            )
        )
    return made


def test_memory_that_is_flat_but_for_its_tables_passes() -> None:
    verdict = judge(samples(), Limits())
    assert verdict.flat, verdict.faults
    assert verdict.table_bytes_an_article == pytest.approx(REMEMBERED)
    assert verdict.bytes_an_article.value == pytest.approx(0, abs=60)


@pytest.mark.parametrize(
    ("growing", "told"),
    [({"leak": 400.0}, "memory grows"), ({"blocks": 1.0}, "blocks grow")],
    ids=["bytes", "one object an article"],
)
def test_what_grows_with_the_articles_is_refused(growing: dict[str, float], told: str) -> None:
    verdict = judge(samples(**growing), Limits())
    assert not verdict.flat
    assert told in "; ".join(verdict.faults)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"files": 90}, "more open files"),
        ({"lag": 30_000}, "messages wait at the end"),
        ({"in_flight": 1_001}, "messages in flight"),
    ],
)
def test_what_ends_high_is_refused(change: dict[str, int], told: str) -> None:
    made = samples()
    made[-1] = msgspec.structs.replace(made[-1], **change)
    assert told in "; ".join(judge(made, Limits()).faults)


def test_memory_too_noisy_to_tell_is_refused() -> None:
    assert not judge(samples(noise=80.0), Limits()).flat


def test_a_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="soak for longer"):
        judge(samples()[:10], Limits())


def test_a_slope_knows_how_sure_it_is() -> None:
    exact = slope([(x, 3 * x + 1) for x in range(20)])
    assert exact.value == pytest.approx(3)
    assert exact.margin == pytest.approx(0, abs=1e-6)
    chance = random.Random(2)
    walk, level = [], 0.0
    for x in range(200):
        level += chance.gauss(0, 1)
        walk.append((float(x), level))
    # A random walk goes nowhere, however steep it looks.
    drift = slope(walk)
    assert drift.margin > abs(drift.value) / 4


def test_a_table_is_as_large_as_what_is_in_it() -> None:
    few, many = ({b"%d" % n: bytes(300) for n in range(count)} for count in (10, 1_000))
    assert table_bytes(many) > 50 * table_bytes(few)


def test_the_picture_shows_each_curve() -> None:
    drawn = picture.svg("30 minutes", samples())
    assert drawn.count("<polyline") == len(picture.CURVES)


@pytest.mark.parametrize(("deepest", "says"), [(330.0, True), (520.0, False)])
def test_a_backlog_that_takes_memory_is_refused(deepest: float, says: bool) -> None:
    depths = [
        Depth(10_000, 900, 320.0, 1.0, 1_000),
        Depth(1_000, 900, 290.0, 1.0, 1_000),
        Depth(40_000, 900, deepest, 1.0, 1_000),
    ]
    assert bounded(depths, 0.1) is says
