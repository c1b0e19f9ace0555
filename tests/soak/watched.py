"""A worker under watch, and articles that are published to it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families
from typing_extensions import override

from streams.wire.settings import Settings
from tests.bench.articles import Composer
from tests.bench.path import megabytes_of
from tests.broker.worker_process import WorkerProcess
from tests.soak.verdict import Sample

COMMAND = ("-m", "tests.soak.inside")


class WatchedWorker(WorkerProcess):
    """A worker that tells what it holds."""

    def __init__(self, settings: Settings, log: Path) -> None:
        super().__init__(settings, log, COMMAND)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def sample(self, seconds: float, articles: int) -> Sample | None:
        """What it holds now; None where it does not answer."""
        status, text = self.get("/metrics")
        if status != 200:
            return None
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                found[one.name] = found.get(one.name, 0.0) + one.value
        return Sample(
            seconds=round(seconds, 1),
            articles=articles,
            megabytes=round(megabytes_of(self.pid) * 1.048576, 2),
            table_megabytes=round(found["soak_table_bytes"] / 1e6, 3),
            table_entries=int(found["soak_table_entries"]),
            blocks=int(found["soak_blocks"]),
            objects=int(found["soak_objects"]),
            files=sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir()),
            lag=int(found["frenemy_lag_messages"]),
            in_flight=int(found["frenemy_in_flight_messages"]),
        )


class Publisher(threading.Thread):
    """Publishes composed articles, at a rate or as fast as the broker takes them.

    Args:
        settings: where to.
        article: makes the article of a number.
        rate: articles a second; None as fast as may be.
        count: how many; None until told to stop.
    """

    def __init__(
        self,
        settings: Settings,
        article: Callable[[int], tuple[bytes, bytes]],
        rate: float | None,
        count: int | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._article = article
        self._rate = rate
        self._count = count
        self._enough = threading.Event()
        self.published = 0

    @override
    def run(self) -> None:
        """Publish."""
        producer = Producer(
            {
                "bootstrap.servers": self._settings.broker,
                "partitioner": "murmur2_random",
                "compression.type": "zstd",
                "linger.ms": 5,
            }
        )
        topic = self._settings.topic("articles.raw")
        begin = time.monotonic()
        while not self._enough.is_set() and self.published != self._count:
            key, value = self._article(self.published)
            try:
                producer.produce(topic, value, key)
            except BufferError:
                producer.poll(0.05)
                continue
            self.published += 1
            producer.poll(0)
            if self._rate is not None:
                ahead = self.published / self._rate - (time.monotonic() - begin)
                self._enough.wait(max(0.0, ahead))
        producer.flush()

    def stop(self) -> int:
        """Stop; how many articles were published."""
        self._enough.set()
        self.join(60)
        return self.published


def composed(seed: int, first: int = 0) -> Callable[[int], tuple[bytes, bytes]]:
    """Keys and values of articles no two of which are the same."""
    composer = Composer(seed)

    def article(number: int) -> tuple[bytes, bytes]:
        return f"bench-{first + number}".encode(), composer.article(first + number)

    return article


def told_again(many: int, seed: int) -> Callable[[int], tuple[bytes, bytes]]:
    """So many composed articles, again and again under other ids: as many bytes, made faster."""
    kept = list(Composer(seed).articles(many))

    def article(number: int) -> tuple[bytes, bytes]:
        round_, place = divmod(number, many)
        before, after = f'"bench-{place}"'.encode(), f'"again-{round_}-{place}"'.encode()
        return after.strip(b'"'), kept[place].replace(before, after, 1)

    return article
