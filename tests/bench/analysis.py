"""Analysis alone, without Kafka: processor time of each step, and how it grows with all that can grow."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import msgspec

from streams.articles import memory
from streams.articles.companies.registry import (
    BUILT_FILE,
    BuiltRegistry,
    Registry,
    openings_of,
)
from streams.articles.document import cut
from streams.articles.enrich import Analyst, read
from streams.articles.language import SUPPORTED
from streams.articles.limits import Limits
from streams.relations import state as pair_state
from streams.relations.relate import relate
from streams.relations.rules import Rules
from streams.wire import analyst as analysts
from streams.wire.settings import load
from tests.bench.articles import Composer
from tests.unit.relations.made import says

AT = "2026-11-25T00:00:00Z"
STEPS = ("read", "cut", "companies", "events", "remember", "encode")
SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
NAMES = (1_000, 5_000, 20_000, 50_000, 100_000, 200_000)
# Characters of text, up to a megabyte.
LENGTHS = (1_000, 5_000, 20_000, 100_000, 400_000, 1_000_000)
WIDE = Limits(article_bytes=8_000_000, body=4_000_000)

clock = time.thread_time
_encode = msgspec.json.Encoder().encode


class Steps(msgspec.Struct):
    """Microseconds an article and step: medians over rounds, and the whole with its spread."""

    articles: int
    words: float
    companies: float
    events: float
    steps: dict[str, float]
    whole: float
    least: float
    most: float

    @property
    def rate(self) -> float:
        """Articles a second on one core."""
        return 1e6 / self.whole


class Point(msgspec.Struct):
    """One point of a curve: what grew, microseconds an article."""

    size: int
    microseconds: float


def steps(analyst: Analyst, articles: Sequence[bytes], rounds: int) -> Steps:
    """Time of each step, after a round that meets all words."""
    _, words, companies, events = _once(analyst, articles)
    taken: list[dict[str, float]] = []
    for _ in range(rounds):
        seconds, *_ = _once(analyst, articles)
        taken.append({name: value / len(articles) * 1e6 for name, value in seconds.items()})
    wholes = [sum(one.values()) for one in taken]
    count = len(articles)
    return Steps(
        articles=count,
        words=words / count,
        companies=companies / count,
        events=events / count,
        steps={name: statistics.median(one[name] for one in taken) for name in STEPS},
        whole=statistics.median(wholes),
        least=min(wholes),
        most=max(wholes),
    )


def _once(analyst: Analyst, articles: Iterable[bytes]) -> tuple[dict[str, float], int, int, int]:
    seconds = dict.fromkeys(STEPS, 0.0)
    words = companies = events = 0
    for value in articles:
        times = [clock()]
        article = read(value, analyst.limits)
        times.append(clock())
        document = cut(
            article.title, article.body, article.lang if article.lang in SUPPORTED else "en"
        )
        times.append(clock())
        encoded = analyst.opened(document) if article.lang in SUPPORTED else None
        found = analyst.finder.find(document)
        times.append(clock())
        told = analyst.detector.detect(document, found, encoded) if len(found) > 1 else []
        times.append(clock())
        enriched = _Prepared(analyst, document, found, told).enrich_article(article, AT)
        words += len(article.body.split())
        companies += len(found)
        events += len(told)
        begin = clock()
        memory.remember(None, enriched, 0)
        middle = clock()
        _encode(enriched)
        end = clock()
        for name, a, b in zip(STEPS, times, times[1:], strict=False):
            seconds[name] += b - a
        seconds["remember"] += middle - begin
        seconds["encode"] += end - middle
    return seconds, words, companies, events


class _Prepared:
    """An analyst whose answers are known: what is left is the building of the result."""

    def __init__(self, analyst: Analyst, document: object, found: list, told: list) -> None:  # type: ignore[type-arg]
        self.find = lambda *_: found
        self.detect = lambda *_: told
        self._analyst = replace(analyst, finder=self, detector=self)  # type: ignore[arg-type]
        self.enrich_article = self._analyst.enrich_article


def by_count(analyst: Analyst, seed: int, most: int) -> list[Point]:
    """Microseconds an article of ever more articles, each new to the analyst."""
    points: list[Point] = []
    composer = Composer(seed)
    for size in SIZES:
        if size > most:
            break
        seconds = 0.0
        for article in composer.articles(size):
            begin = clock()
            _encode(analyst.enrich(article, AT))
            seconds += clock() - begin
        points.append(Point(size, seconds / size * 1e6))
    return points


def by_names(articles: Sequence[bytes], rounds: int) -> list[Point]:
    """Microseconds an article against registries of ever more names."""
    whole = analysts.load(load({}, {"reader": "quick"}))
    points: list[Point] = []
    for size in NAMES:
        analyst = analysts.with_registry(whole, registry_of(size))
        points.append(Point(size, _least(analyst, articles, rounds)))
    return points


def by_length(analyst: Analyst, seed: int, rounds: int) -> list[Point]:
    """Microseconds of one article of ever more characters."""
    wide = replace(analyst, limits=WIDE)
    points: list[Point] = []
    for size in LENGTHS:
        article = _of_length(size, seed)
        points.append(Point(size, _least(wide, [article], rounds)))
    return points


def by_pair(most: int) -> dict[str, list[Point]]:
    """Of one more article on a pair that has so many: microseconds, and bytes of its state.

    A pair in every headline is one key, one partition and one worker: this is its limit.
    """
    rules = Rules(most_articles=most)
    state = b""
    costs: list[Point] = []
    sizes: list[Point] = []
    for number in range(most + 1):
        detection = says(f"article-{number}", day=number % 300)
        begin = clock()
        known = pair_state.decode(state) if state else None
        outcome = relate(known, detection, rules)
        state = pair_state.encode(outcome.state)
        _encode(outcome.relation)
        taken = (clock() - begin) * 1e6
        if number in (1, 10, 25, 50, 100, 200, 500, 1_000):
            costs.append(Point(number, taken))
            sizes.append(Point(number, len(state)))
    return {"articles of one pair": costs, "articles of one pair, bytes of state": sizes}


def _of_length(size: int, seed: int) -> bytes:
    words = max(20, size // 5)
    raw = msgspec.json.decode(Composer(seed, (words, words + 1)).article(0))
    raw["body"] = raw["body"][:size]
    return _encode(raw)


def _least(analyst: Analyst, articles: Sequence[bytes], rounds: int) -> float:
    def once() -> None:
        for article in articles:
            _encode(analyst.enrich(article, AT))

    once()
    return min(_timed(once) for _ in range(rounds)) / len(articles) * 1e6


def _timed(work: Callable[[], None]) -> float:
    begin = clock()
    work()
    return clock() - begin


def registry_of(names: int) -> Registry:
    """A registry of so many names: some of the built-in ones, then invented ones."""
    import zlib

    built = msgspec.msgpack.decode(zlib.decompress(BUILT_FILE.read_bytes()), type=BuiltRegistry)
    keys, meanings = built.keys.split("\n"), built.meanings.split("\n")
    stride = max(1, len(keys) // names)
    index = dict(zip(keys[::stride], meanings[::stride], strict=True))
    index = dict(list(index.items())[:names])
    syllables = "ba ce di vo gu la me ni po ru sa ta vi xo zu".split()
    number = 0
    while len(index) < names:
        word = "".join(syllables[number // 15**k % 15] for k in range(4))
        index[f"{word} {syllables[number % 7]}n"] = meanings[number % len(meanings)]
        number += 1
    openings = {opening for key in index for opening in openings_of(key)}
    return Registry(
        msgspec.structs.replace(
            built,
            version=f"{names}",
            keys="\n".join(index),
            meanings="\n".join(index.values()),
            openings="\n".join(sorted(openings)),
        )
    )


def quiet() -> None:
    """Leave what is loaded out of collections, as a worker does."""
    gc.collect()
    gc.freeze()
