"""What an article costs, counted and not timed: lines of ours that run and functions of C that are called.

The counts are the same on every machine and whatever else it does. A change that makes the core a third
slower in Python is seen here; where it is meant, write the new counts down.
"""

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from streams.articles.companies import finder as finding
from streams.articles.enrich import Analyst
from streams.wire import analyst as analysts
from streams.wire.settings import load
from tests.bench.articles import Composer

ROOT = str(Path(analysts.__file__).parents[1])
AT = "2026-11-25T00:00:00Z"
ARTICLES = 24
ALLOWED = 4 / 3
# For one thousand words, once all words are known.
LINES_A_THOUSAND_WORDS = 43_250
CALLS_A_THOUSAND_WORDS = 8_620


@pytest.fixture(scope="module")
def analyst() -> Analyst:
    return analysts.load(load({}, {"reader": "quick"}))


def articles() -> list[bytes]:
    return list(Composer(11, (100, 800)).articles(ARTICLES))


def counted(work: Callable[[], object]) -> Counter[str]:
    """Lines of this project that ran, and functions of C that were called from it."""
    counts: Counter[str] = Counter()

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        counts["lines"] += event == "line"
        return line

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(ROOT) else None

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            counts["calls"] += 1

    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.settrace(tracing)
        sys.setprofile(profiling)
    return counts


def cost(analyst: Analyst) -> tuple[float, float]:
    """Lines and calls for one thousand words, after all words were met."""
    made = articles()
    words = sum(len(analyst.enrich(article, AT).body.split()) for article in made)
    counts = counted(lambda: [analyst.enrich(article, AT) for article in made])
    return counts["lines"] / words * 1_000, counts["calls"] / words * 1_000


def excess(lines: float, calls: float) -> float:
    """How many times what is allowed for, by the worse of the two."""
    return max(lines / LINES_A_THOUSAND_WORDS, calls / CALLS_A_THOUSAND_WORDS)


def test_an_article_costs_no_third_more_than_it_did(analyst: Analyst) -> None:
    lines, calls = cost(analyst)
    assert excess(lines, calls) < ALLOWED, f"{lines:.0f} lines and {calls:.0f} calls"


def test_the_count_sees_work_done_twice(analyst: Analyst, monkeypatch: pytest.MonkeyPatch) -> None:
    find = finding.CompanyFinder.find
    monkeypatch.setattr(
        finding.CompanyFinder,
        "find",
        lambda self, *given: (find(self, *given), find(self, *given))[1],
    )
    assert excess(*cost(analyst)) > ALLOWED


def test_the_count_is_the_same_each_time(analyst: Analyst) -> None:
    assert cost(analyst) == cost(analyst)


def test_cost_grows_with_the_text_and_no_faster(analyst: Analyst) -> None:
    costs = []
    for words in (1_000, 4_000):
        article = Composer(5, (words, words + 1)).article(0)
        size = len(analyst.enrich(article, AT).body)
        costs.append(counted(partial(analyst.enrich, article, AT)).total() / size)
    assert costs[1] < costs[0] * 1.25
