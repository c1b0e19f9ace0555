"""What is seen of a contender from outside: how many messages its topics hold, and when its events come."""

import threading
import time
import urllib.request
from collections.abc import Sequence
from subprocess import Popen

import msgspec
from confluent_kafka import OFFSET_END, Consumer, KafkaException, TopicPartition, admin
from typing_extensions import override

from streams.wire.settings import Settings
from tests.broker.administrator import admin_client

PARTITIONS = 4
EVENTS = ("events.competition", "events.partnership")


class _Article(msgspec.Struct):
    id: str


class _Event(msgspec.Struct):
    article: _Article


_EVENT = msgspec.json.Decoder(_Event)
_LATEST = vars(admin)["OffsetSpec"].latest()  # not exported for type checkers


class Watch:
    """How many messages topics hold, asked of the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = admin_client(settings)

    def count(self, *names: str) -> int:
        asked = {
            TopicPartition(self._settings.topic(name), partition): _LATEST
            for name in names
            for partition in range(PARTITIONS)
        }
        while True:
            try:
                answers = self._admin.list_offsets(asked)
                return sum(answer.result().offset for answer in answers.values())
            except KafkaException:
                # A topic that was just made has no leader yet.
                time.sleep(0.1)

    def events(self) -> int:
        return self.count(*EVENTS)

    def wait(
        self,
        name: str,
        count: int,
        patience: float,
        processes: Sequence[Popen[bytes]],
    ) -> bool:
        """Wait for so many messages; no where a process ended, or where nothing comes for long."""
        seen, moved = -1, time.monotonic()
        while True:
            now = self.count(name)
            if now >= count:
                return True
            if now != seen:
                seen, moved = now, time.monotonic()
            ended = any(process.poll() is not None for process in processes)
            if ended or time.monotonic() - moved > patience:
                return False
            time.sleep(0.02)

    def settle(self, begin: float) -> float:
        """When the last event came; they follow the articles over one more hop."""
        seen, moved = self.events(), time.monotonic()
        last = moved
        while time.monotonic() - moved < 1.0:
            now = self.events()
            if now != seen:
                seen, moved = now, time.monotonic()
                last = moved
            time.sleep(0.02)
        return last


class Reader(threading.Thread):
    """Notes when each event reached a consumer, by its article."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self._enough = threading.Event()
        self.ready = threading.Event()
        self.came: list[tuple[str, float]] = []

    @override
    def run(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._settings.broker,
                "group.id": "reader",
                "fetch.wait.max.ms": 5,
            }
        )
        consumer.assign(
            [
                TopicPartition(self._settings.topic(name), partition, OFFSET_END)
                for name in EVENTS
                for partition in range(PARTITIONS)
            ]
        )
        consumer.poll(1.0)
        self.ready.set()
        while not self._enough.is_set():
            record = consumer.poll(0.1)
            if record is None or record.error() is not None:
                continue
            now = time.time()
            event = _EVENT.decode(record.value() or b"")
            self.came.append((event.article.id, now))
        consumer.close()

    def stop(self) -> None:
        self._enough.set()
        self.join(10)


def ready(ports: Sequence[int], processes: Sequence[Popen[bytes]], patience: float) -> bool:
    """Whether all workers have partitions at the same time, before patience ends."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if all(_is_ready(port) for port in ports):
            return True
        if any(process.poll() is not None for process in processes):
            return False
        time.sleep(0.2)
    return False


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
