"""The whole path through Apache Kafka: our worker and its peers, one after the other on the same articles.

Throughput is taken on a backlog, latency at half of that, on a schedule that does not wait for anybody:
an event is late by the time since its article was due, however late that was sent.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from confluent_kafka import Producer

from streams.wire import topic_admin
from streams.wire.settings import Settings, load
from tests.bench.articles import Composer
from tests.bench.watching import PARTITIONS, Reader, Watch, ready
from tests.broker.apache_kafka import ApacheKafka, free_port
from tests.broker.worker_process import environment

ROOT = Path(__file__).parents[2]
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


WORKER = (sys.executable, "-m", "streams", "worker")


@dataclass(frozen=True, slots=True)
class Contender:
    """A program that reads raw articles, in so many processes; `share` of the articles is enough to time it."""

    name: str
    command: tuple[str, ...]
    share: float = 1.0
    tells_events: bool = True
    processes: int = 1


def contenders(spacy_python: str | None, only: Sequence[str]) -> list[Contender]:
    """Those whose libraries are there."""
    python = sys.executable
    found = [
        Contender("frenemy worker", WORKER),
        Contender("two workers", WORKER, processes=2),
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
        ports = [free_port() for _ in range(contender.processes)]
        with log:
            processes = [
                subprocess.Popen(
                    # From the last core down: where there are but two, the second shares the broker's.
                    ["taskset", "-c", str(self.cores[-1 - place % len(self.cores)]), *command],
                    env={**environment(settings), "FRENEMY_METRICS_PORT": str(port)},
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                )
                for place, port in enumerate(ports)
            ]
        result = Result(contender.name)
        try:
            if contender.command == WORKER and not ready(ports, processes, START_SECONDS):
                result.fault = f"not ready: see {log.name}"
                return result
            self._measure(contender, settings, processes, result)
            if rate is not None and not result.fault:
                rate = rate or result.rate / 2
                result.latency = self._latency(settings, rate, seconds)
        finally:
            for process in processes:
                process.kill()
                process.wait(10)
        return result

    def _measure(
        self,
        contender: Contender,
        settings: Settings,
        processes: Sequence["subprocess.Popen[bytes]"],
        result: Result,
    ) -> None:
        # Each process meets the words of the news for itself.
        warm = max(20, int(self.warm * contender.share)) * len(processes)
        count = max(50, int(len(self.articles) * contender.share))
        watch = Watch(settings)
        self._publish(settings, self.spare[:warm])
        if not watch.wait("articles.enriched", warm, START_SECONDS, processes):
            result.fault = f"no results: see {self.folder}/{settings.prefix}.log"
            return
        time.sleep(1.0)
        told = watch.events()
        cpu, broker_cpu = sum(seconds_of(p.pid) for p in processes), seconds_of(self.pid)
        begin = time.monotonic()
        self._publish(settings, self.articles[:count])
        if not watch.wait("articles.enriched", warm + count, STALLED_SECONDS, processes):
            result.fault = "stalled"
            return
        last = watch.settle(begin) if contender.command == WORKER else time.monotonic()
        result.samples.append(
            Sample(
                articles=count,
                seconds=last - begin,
                cpu_seconds=sum(seconds_of(p.pid) for p in processes) - cpu,
                broker_cpu_seconds=seconds_of(self.pid) - broker_cpu,
                megabytes=sum(megabytes_of(p.pid) for p in processes),
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
        reader = Reader(settings)
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


class _Article(msgspec.Struct):
    id: str


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
        articles, spare = given, (given * 2)[: 2 * warm]
    else:
        composed = list(Composer(seed).articles(count + 2 * warm))
        articles, spare = composed[2 * warm :], composed[: 2 * warm]
    return Bench(articles, warm, spare, Path(tempfile.mkdtemp(prefix="frenemy-bench-")))
