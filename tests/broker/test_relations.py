"""Two workers, any order, kills in between: the relations are the same."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import pytest

from streams.articles.memory import ArticleState, remember
from streams.articles.rejection import Rejection
from streams.messages import Event, Relation
from streams.relations.relate import relate
from streams.relations.rules import Rules
from streams.relations.state import PairState
from streams.wire import analyst
from streams.wire.remaining import Remaining
from streams.wire.settings import Settings
from tests.broker import pair_news
from tests.broker.apache_kafka import free_port
from tests.broker.conftest import Broker, settings_for
from tests.broker.log import publish, read
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]

COUNT = 5_000
SECONDS = 400
ARRIVED = 1_735_689_600_000


class Run:
    """Two workers on a prefix of their own."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.settings = settings_for(broker.bootstrap, pair_articles=1_000)
        self.workers = [
            WorkerProcess(
                msgspec.structs.replace(self.settings, metrics_port=free_port()),
                folder / f"{self.settings.prefix}-{number}.log",
            )
            for number in range(2)
        ]

    def start(self) -> None:
        for worker in self.workers:
            worker.start()
        for worker in self.workers:
            worker.wait_ready()

    def wait(self) -> None:
        wait_until(lambda: asyncio.run(left(self.settings)) == 0, SECONDS, "all to be processed")

    def end(self) -> None:
        for worker in self.workers:
            worker.end()


async def left(settings: Settings) -> int:
    async with Remaining(settings) as remaining:
        return await remaining.messages()


def relations(settings: Settings) -> dict[str, Relation]:
    """The latest relation of each pair; a pair from which all was taken back says nothing."""
    latest = {
        r.key: msgspec.json.decode(r.value or b"", type=Relation)
        for r in read(settings, "relations")
    }
    return {r.pair: r for r in latest.values() if r.counts.competition + r.counts.partnership}


def standing_events(settings: Settings) -> dict[str, Event]:
    """The last word on each event, without those taken back."""
    last: dict[str, Event] = {}
    for handle in ("events_competition", "events_partnership"):
        for record in read(settings, handle):
            event = msgspec.json.decode(record.value or b"", type=Event)
            last[event.event_id] = event
    return {id: event for id, event in last.items() if not event.retracted}


def reached(settings: Settings, detections: int) -> bool:
    return len(read(settings, "detections")) >= detections


def expected(messages: Sequence[tuple[bytes | None, bytes]], settings: Settings) -> set[str]:
    """Ids of the events that stand at the end, worked out without a broker."""
    reader = analyst.load(settings)
    articles: dict[str, ArticleState] = {}
    pairs: dict[str, PairState] = {}
    for _, value in messages:
        try:
            enriched = reader.enrich(value, "2025-01-01T00:00:00Z")
        except Rejection:
            continue
        known = articles.get(enriched.article_id)
        articles[enriched.article_id], detections = remember(known, enriched, ARRIVED)
        for detection in detections:
            rules = Rules(most_articles=settings.pair_articles)
            pairs[detection.pair] = relate(pairs.get(detection.pair), detection, rules).state
    return {
        event.event_id
        for state in pairs.values()
        for entry in state.entries.values()
        for event in entry.events
    }


@pytest.fixture
def runs(broker: Broker, tmp_path: Path) -> Iterator[list[Run]]:
    made = [Run(broker, tmp_path) for _ in range(2)]
    yield made
    for run in made:
        run.end()


def test_two_orders_with_and_without_kills_end_in_the_same_relations(runs: list[Run]) -> None:
    calm, troubled = runs
    messages = pair_news.messages(COUNT, seed=1)
    calm.start()
    publish(calm.settings, messages)
    calm.wait()
    calm.end()

    shuffled = list(messages)
    random.Random(2).shuffle(shuffled)
    troubled.start()
    publish(troubled.settings, shuffled)
    for part, worker in ((1_000, 0), (2_000, 1), (3_000, 0)):
        wait_until(partial(reached, troubled.settings, part), SECONDS, f"{part} detections")
        troubled.workers[worker].kill()
        troubled.workers[worker].start()
    troubled.wait()

    for run in runs:
        assert len(read(run.settings, "articles_enriched")) >= COUNT
        assert not read(run.settings, "articles_rejected")
    one, other = relations(calm.settings), relations(troubled.settings)
    assert len(one) > 100
    assert one == other
    events = standing_events(calm.settings)
    assert events.keys() == standing_events(troubled.settings).keys()
    assert events.keys() == expected(messages, calm.settings)
