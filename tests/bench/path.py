"""The whole path through Apache Kafka: our worker and its peers, one after the other on the same articles.

Throughput is taken on a backlog, latency at half of that, on a schedule that does not wait for anybody:
an event is late by the time since its article was due, however late that was sent.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicPartition, admin
from confluent_kafka.admin import AdminClient
from typing_extensions import override

from streams.wire import topic_admin
from streams.wire.settings import Settings, load
from tests.bench.articles import Composer
from tests.broker.apache_kafka import ApacheKafka, free_port
from tests.broker.worker_process import environment

ROOT = Path(__file__).parents[2]
PARTITIONS = 4
EVENTS = ("events.competition", "events.partnership")
START_SECONDS = 120
STALLED_SECONDS = 60
TICK = os.sysconf("SC_CLK_TCK")


class Sample(msgspec.Struct):
    """One measured run."""

    articles: int
    seconds: float
    cpu_seconds: float
    broker_cpu_seconds: float
    megabytes: float
    events: int
    disk: dict[str, float] = {}
    """Bytes that the broker keeps of an article, by topic."""

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds


class Latency(msgspec.Struct):
    """Milliseconds from when an article was due to its event at a consumer, percentiles by name."""

    rate: float
    events: int
    percentiles: dict[str, float]


class Result(msgspec.Struct):
    """All that was measured of a contender."""

    name: str
    samples: list[Sample] = msgspec.field(default_factory=list)
    latency: Latency | None = None
    fault: str = ""

    @property
    def rate(self) -> float:
        """Median of articles a second."""
        return statistics.median(s.rate for s in self.samples) if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that reads raw articles; `share` of the articles is enough to time it."""

    name: str
    command: tuple[str, ...]
    share: float = 1.0
    tells_events: bool = True


def contenders(spacy_python: str | None, only: Sequence[str]) -> list[Contender]:
    """Those whose libraries are there."""
    python = sys.executable
    found = [
        Contender("frenemy worker", (python, "-m", "streams", "worker")),
        Contender("aiokafka loop", (python, "-m", "tests.bench.peers", "aiokafka")),
        Contender("confluent loop", (python, "-m", "tests.bench.peers", "confluent")),
    ]
    if subprocess.run([python, "-c", "import quixstreams"], capture_output=True).returncode == 0:
        found.append(Contender("Quix Streams", (python, "-m", "tests.bench.peers", "quix")))
    if spacy_python:
        script = str(ROOT / "tests" / "bench" / "spacy_loop.py")
        found.append(Contender("spaCy loop", (spacy_python, script), 0.04, tells_events=False))
    return [c for c in found if not only or c.name in only]


@dataclass(slots=True)
class Bench:
    """A broker on one core, contenders on the other."""

    articles: list[bytes]
    warm: int
    spare: list[bytes]
    folder: Path
    broker: ApacheKafka = field(default_factory=lambda: ApacheKafka(heap="1g"))
    cores: list[int] = field(default_factory=lambda: sorted(os.sched_getaffinity(0)))

    def start(self) -> None:
        """Start the broker; it shares its core with this process."""
        self.broker.start()
        process = self.broker._process
        assert process is not None
        self.pid = process.pid
        pin(self.pid, self.cores[0])
        os.sched_setaffinity(0, {self.cores[0]})

    pid: int = 0

    def close(self) -> None:
        """End the broker."""
        self.broker.close()
        os.sched_setaffinity(0, set(self.cores))

    def run(self, contender: Contender, number: int, rate: float | None, seconds: float) -> Result:
        """One round: throughput, and with a rate latency."""
        prefix = f"bench{number}"
        settings = load(
            {},
            {
                "broker": self.broker.bootstrap,
                "prefix": prefix,
                "partitions": PARTITIONS,
                "metrics_port": free_port(),
                "log_level": "warning",
                "reader": os.environ.get("FRENEMY_READER", "quick"),
            },
        )
        asyncio.run(topic_admin.create(settings))
        command = [*contender.command]
        if contender.command[-1] != "worker":
            command += [self.broker.bootstrap, prefix]
        log = (self.folder / f"{prefix}.log").open("wb")
        with log:
            process = subprocess.Popen(
                ["taskset", "-c", str(self.cores[-1]), *command],
                env=environment(settings),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        result = Result(contender.name)
        try:
            self._measure(contender, settings, process, result)
            if rate is not None and not result.fault:
                rate = rate or result.rate / 2
                result.latency = self._latency(settings, rate, seconds)
        finally:
            process.kill()
            process.wait(10)
        return result

    def _measure(
        self,
        contender: Contender,
        settings: Settings,
        process: "subprocess.Popen[bytes]",
        result: Result,
    ) -> None:
        warm = max(20, int(self.warm * contender.share))
        count = max(50, int(len(self.articles) * contender.share))
        watch = _Watch(settings)
        self._publish(settings, self.spare[:warm])
        if not watch.wait("articles.enriched", warm, START_SECONDS, process):
            result.fault = f"no results: see {self.folder}/{settings.prefix}.log"
            return
        time.sleep(1.0)
        told = watch.events()
        cpu, broker_cpu = seconds_of(process.pid), seconds_of(self.pid)
        begin = time.monotonic()
        self._publish(settings, self.articles[:count])
        if not watch.wait("articles.enriched", warm + count, STALLED_SECONDS, process):
            result.fault = "stalled"
            return
        last = watch.settle(begin) if contender.name == "frenemy worker" else time.monotonic()
        result.samples.append(
            Sample(
                articles=count,
                seconds=last - begin,
                cpu_seconds=seconds_of(process.pid) - cpu,
                broker_cpu_seconds=seconds_of(self.pid) - broker_cpu,
                megabytes=megabytes_of(process.pid),
                events=watch.events() - told,
                disk=self._disk(settings.prefix, warm + count),
            )
        )

    def _disk(self, prefix: str, articles: int) -> dict[str, float]:
        sizes: dict[str, float] = {}
        for file in (self.broker.folder / "data").glob(f"{prefix}.*/*.log"):
            topic = file.parent.name.rpartition("-")[0].removeprefix(f"{prefix}.")
            # A file is as long as a segment until it is full: what is written counts.
            sizes[topic] = sizes.get(topic, 0.0) + file.stat().st_blocks * 512 / articles
        return {topic: round(size, 1) for topic, size in sorted(sizes.items()) if size}

    def _publish(self, settings: Settings, articles: Sequence[bytes]) -> None:
        producer = _producer(settings)
        for article in articles:
            while True:
                try:
                    producer.produce(settings.topic("articles.raw"), article, _key(article))
                    break
                except BufferError:
                    producer.poll(0.05)
        producer.flush()

    def _latency(self, settings: Settings, rate: float, seconds: float) -> Latency:
        count = int(rate * seconds)
        articles = [
            article.replace(b'"id":"bench-', b'"id":"timed-', 1)
            for article in (self.articles * (1 + count // len(self.articles)))[:count]
        ]
        due: dict[str, float] = {}
        reader = _Reader(settings)
        reader.start()
        reader.ready.wait(30)
        producer = _producer(settings)
        begin = time.time() + 0.5
        for number, article in enumerate(articles):
            at = begin + number / rate
            article = article.replace(b'"timed-', f'"timed-{number}-'.encode(), 1)
            due[_id(article)] = at
            ahead = at - time.time()
            if ahead > 0:
                producer.poll(0)
                time.sleep(max(0.0, at - time.time()))
            producer.produce(
                settings.topic("articles.raw"), article, _key(article), timestamp=int(at * 1_000)
            )
            producer.poll(0)
        producer.flush()
        time.sleep(3.0)
        reader.stop()
        # The first second brings caches and connections up to date.
        late = sorted(
            (came - due[id_]) * 1_000
            for id_, came in reader.came
            if id_ in due and due[id_] > begin + min(2.0, seconds / 4)
        )
        return Latency(rate, len(late), percentiles(late))


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50 to p99.9 and the greatest of sorted values."""
    if not values:
        return {}
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
    found = {n: values[min(len(values) - 1, int(s * len(values)))] for n, s in shares.items()}
    return {**found, "max": values[-1]}


_LATEST = vars(admin)["OffsetSpec"].latest()  # not exported for type checkers


class _Watch:
    """How many messages topics hold, asked of the broker."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AdminClient({"bootstrap.servers": settings.broker})

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
        self, name: str, count: int, patience: float, process: "subprocess.Popen[bytes]"
    ) -> bool:
        """Wait for so many messages; no for a process that ended, or where nothing comes for long."""
        seen, moved = -1, time.monotonic()
        while True:
            now = self.count(name)
            if now >= count:
                return True
            if now != seen:
                seen, moved = now, time.monotonic()
            if process.poll() is not None or time.monotonic() - moved > patience:
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


class _Reader(threading.Thread):
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


class _Article(msgspec.Struct):
    id: str


class _Event(msgspec.Struct):
    article: _Article


_EVENT = msgspec.json.Decoder(_Event)
_ARTICLE = msgspec.json.Decoder(_Article)


def _id(article: bytes) -> str:
    return _ARTICLE.decode(article).id


def _key(article: bytes) -> bytes:
    return _id(article).encode()


def _producer(settings: Settings) -> Producer:
    return Producer(
        {
            "bootstrap.servers": settings.broker,
            "partitioner": "murmur2_random",
            "compression.type": "zstd",
            "linger.ms": 2,
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 1_000_000,
        }
    )


def pin(pid: int, core: int) -> None:
    """Keep all threads of a process on one core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


def seconds_of(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def megabytes_of(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1_024


def made(count: int, warm: int, seed: int, given: list[bytes] | None) -> Bench:
    """A bench with composed articles, or with those given."""
    import tempfile

    if given:
        articles, spare = given, given[:warm]
    else:
        composed = list(Composer(seed).articles(count + warm))
        articles, spare = composed[warm:], composed[:warm]
    return Bench(articles, warm, spare, Path(tempfile.mkdtemp(prefix="frenemy-bench-")))
