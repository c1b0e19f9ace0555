"""`python -m tests.faults`: attack a running system, then compare its books with a run without faults."""

import asyncio
import json
import logging
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from typing_extensions import override

from streams.relations.rules import Rules
from streams.wire import analyst as analysts
from streams.wire.broker import producer
from streams.wire.settings import Settings
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.broker.waiting import wait_until
from tests.faults import articles, report
from tests.faults.books import Verdict, compare, consequences, drained, expected, settled
from tests.faults.faults import FAULTS, Stage, choose
from tests.faults.operator import AUTHORIZER
from tests.faults.story import Story, Struck

DRAIN_SECONDS = 600
MOST_WAITING = 1_500
LOOK_SECONDS = 2.0
# Enough that every worker gets some, with one more than at the start.
PARTITIONS = 6
# Short, so that many faults fit into little time.
SESSION_SECONDS = 4.0
# Few, so that a frozen broker fills the queue.
IN_FLIGHT = 60


class Publisher(threading.Thread):
    """Publishes articles at a steady rate, each until the broker has it.

    `waiting` tells how many messages workers have not processed: above `MOST_WAITING` it holds back, so that a slow
    machine does not spend its time on a backlog.
    """

    def __init__(self, settings: Settings, rate: float, waiting: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._rate = rate
        self._waiting = waiting
        self._enough = threading.Event()
        self.published = 0

    @override
    def run(self) -> None:
        """Publish until told to stop."""
        asyncio.run(self._publish())

    def stop(self) -> int:
        """Stop; how many articles the broker has."""
        self._enough.set()
        self.join(120)
        return self.published

    async def _publish(self) -> None:
        topic = self._settings.topic("articles.raw")
        client = None
        due = looked = time.monotonic()
        while not self._enough.is_set():
            if time.monotonic() - looked > LOOK_SECONDS:
                while (
                    not self._enough.is_set()
                    and await asyncio.to_thread(self._waiting) > MOST_WAITING
                ):
                    await asyncio.to_thread(self._enough.wait, LOOK_SECONDS)
                looked = time.monotonic()
                due = max(due, looked - LOOK_SECONDS)
            key, value = articles.article(self.published)
            try:
                if client is None:
                    client = producer(self._settings)
                    await client.start()
                await client.send_and_wait(topic, value, key)
            except (KafkaError, OSError, TimeoutError):
                # It may lie there all the same: then it comes twice, as from any producer that tries again.
                if client is not None:
                    await client.stop()
                client = None
                await asyncio.sleep(0.2)
                continue
            self.published += 1
            due += 1 / self._rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        if client is not None:
            await client.stop()


def attack(
    faults: Sequence[str] | int, seed: int, rate: float, workers: int, tell: bool, logs: Path
) -> tuple[Verdict, Story]:
    """Run one attack with these faults, or so many drawn from the seed; the verdict and what happened."""
    chance = random.Random(seed)
    story = Story(seed)
    broker = ApacheKafka(AUTHORIZER)
    broker.start()
    settings = settings_for(
        broker.bootstrap,
        rejected_share=1.0,
        rejected_run=0,
        partitions=PARTITIONS,
        session_seconds=SESSION_SECONDS,
        in_flight=IN_FLIGHT,
    )
    stage = Stage(broker, settings, logs, [])
    try:
        for _ in range(workers):
            stage.add_worker()
        stage.recover()
        publisher = Publisher(settings, rate, stage.waiting)
        publisher.start()
        names = [choose(chance) for _ in range(faults)] if isinstance(faults, int) else faults
        for number, name in enumerate(names, 1):
            time.sleep(chance.uniform(0.2, 2.0))
            at_ms = int(time.time() * 1_000)
            FAULTS[name][0](stage, chance)
            took = stage.recover()
            story.struck.append(Struck(name, at_ms, took))
            if tell:
                click.echo(f"{number:4} {name:26} recovered in {took:5.1f} s", err=True)
        # One more round of the samples: what a deleted topic held has to come into the new one.
        enough = publisher.published + len(articles.SAMPLES)
        wait_until(lambda: publisher.published >= enough, DRAIN_SECONDS, "one more round")
        story.articles = publisher.stop()
        analyst = analysts.load(settings)
        books = expected(
            analyst, articles.articles(story.articles), Rules(most_articles=settings.pair_articles)
        )
        story.events, story.relations = len(books.events), len(books.relations)
        early = 0
        if stage.too_large:
            wait_until(
                lambda: stage.supervised(lambda: settled(books, settings)),
                DRAIN_SECONDS,
                "all articles to be seen",
            )
            early = consequences(settings)
            stage.operator.replay_too_large()
        wait_until(
            lambda: stage.supervised(lambda: drained(books, settings)),
            DRAIN_SECONDS,
            "all articles to come out",
        )
        for worker in list(stage.workers):
            worker.terminate(60)
        verdict = compare(books, settings)
        verdict.consequences = early
    finally:
        stage.close()
    return verdict, story


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--faults", type=click.IntRange(min=0), default=200, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--rate", type=float, default=25.0, show_default=True, help="Articles a second.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(faults: int, seed: int, rate: float, workers: int, as_json: bool) -> None:
    """Attack a running system with faults drawn from a seed, and say what was lost.

    \b
    Example:
      python -m tests.faults --faults 20 --seed 7
    """
    begin = time.monotonic()
    # What the clients say of a broker that is away is no news here.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logs = Path(tempfile.mkdtemp(prefix="frenemy-faults-"))
    click.echo(f"logs of the workers: {logs}", err=True)
    verdict, story = attack(faults, seed, rate, workers, True, logs)
    figures = report.figures(verdict, story, time.monotonic() - begin)
    click.echo(json.dumps(figures, indent=2) if as_json else report.table(figures))
    sys.exit(0 if verdict.clean else 1)


if __name__ == "__main__":
    main()
