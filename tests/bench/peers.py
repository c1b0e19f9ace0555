"""What users would write instead: the same core in other consumers, `python -m tests.bench.peers KIND BROKER PREFIX`.

All give the messages that a worker gives (enriched articles, events, relations, shifts). They keep what
they remember of articles and pairs in a dict: it dies with the process, and corrections and restarts are
beyond them.
"""

import asyncio
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec

from streams.articles import memory
from streams.articles.enrich import read
from streams.articles.rejection import Rejection
from streams.relations.relate import Outcome, relate
from streams.relations.rules import Rules
from streams.relations.state import PairState
from streams.wire import analyst as analysts
from streams.wire import broker
from streams.wire.clock import now
from streams.wire.settings import Settings, load

Message = tuple[str, bytes, bytes]
BATCH = 200


class Core:
    """From a raw article to topics, keys and values."""

    def __init__(self, settings: Settings) -> None:
        self._analyst = analysts.load(settings)
        self._settings = settings
        self._encode = msgspec.json.Encoder().encode
        self._rules = Rules()
        self._pairs: dict[str, PairState] = {}
        self._articles: dict[str, memory.ArticleState] = {}

    def messages(self, value: bytes | None, arrived_ms: int) -> list[Message]:
        """What is to be published of one raw article."""
        try:
            article = read(value, self._analyst.limits)
        except Rejection:
            return []
        enriched = self._analyst.enrich_article(article, now())
        made = [self._message("articles.enriched", enriched.article_id, enriched)]
        state, detections = memory.remember(self._articles.get(article.id), enriched, arrived_ms)
        self._articles[article.id] = state
        for detection in detections:
            outcome = relate(self._pairs.get(detection.pair), detection, self._rules)
            self._pairs[detection.pair] = outcome.state
            made += self._outcome(detection.pair, outcome)
        return made

    def _outcome(self, pair: str, outcome: Outcome) -> list[Message]:
        made = [self._message(f"events.{e.type}", pair, e) for e in outcome.events]
        if outcome.relation is not None:
            made.append(self._message("relations", pair, outcome.relation))
        made += [self._message("relations.shifts", pair, shift) for shift in outcome.shifts]
        return made

    def _message(self, topic: str, key: str, body: msgspec.Struct) -> Message:
        return self._settings.topic(topic), key.encode(), self._encode(body)


async def aiokafka_loop(settings: Settings) -> None:
    """Batches, sends gathered, a commit a batch."""
    core = Core(settings)
    consumer = broker.reader(
        settings, settings.topic("articles.raw"), group_id=f"{settings.prefix}.aiokafka"
    )
    producer = broker.producer(settings)
    await consumer.start()
    await producer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=100, max_records=BATCH)
            sent = []
            for records in batches.values():
                for record in records:
                    for topic, key, value in core.messages(record.value, record.timestamp):
                        sent.append(await producer.send(topic, value, key))
            if sent:
                await asyncio.gather(*sent)
                await consumer.commit()
    finally:
        await consumer.stop()
        await producer.stop()


def confluent_loop(settings: Settings) -> None:
    """The same on librdkafka, whose threads do the talking."""
    from confluent_kafka import Consumer, Producer

    core = Core(settings)
    consumer = Consumer(
        {
            "bootstrap.servers": settings.broker,
            "group.id": f"{settings.prefix}.confluent",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": settings.broker,
            "enable.idempotence": True,
            "compression.type": "zstd",
            "linger.ms": 5,
            "message.max.bytes": 8_000_000,
        }
    )
    consumer.subscribe([settings.topic("articles.raw")])
    while True:
        records = consumer.consume(BATCH, 0.1)
        for record in records:
            if record.error() is None:
                for topic, key, value in core.messages(record.value(), record.timestamp()[1]):
                    producer.produce(topic, value, key)
                producer.poll(0)
        if records:
            producer.flush()
            consumer.commit(asynchronous=False)


def quix_loop(settings: Settings) -> None:
    """A Quix Streams application."""
    from quixstreams import Application

    core = Core(settings)
    app = Application(
        broker_address=settings.broker,
        consumer_group=f"{settings.prefix}.quix",
        auto_offset_reset="earliest",
        commit_interval=2.0,
        loglevel="WARNING",
        auto_create_topics=False,
        producer_extra_config={
            "enable.idempotence": True,
            "compression.type": "zstd",
            "linger.ms": 5,
            "message.max.bytes": 8_000_000,
        },
    )
    names = ("articles.raw", "articles.enriched", "events.competition", "events.partnership")
    topics = {
        settings.topic(name): app.topic(
            settings.topic(name), value_deserializer="bytes", value_serializer="bytes"
        )
        for name in (*names, "relations", "relations.shifts")
    }
    frame = app.dataframe(topics[settings.topic("articles.raw")])
    frame = frame.apply(
        lambda value, key, timestamp, headers: core.messages(value, timestamp),
        expand=True,
        metadata=True,
    )
    chosen: list[bytes] = [b""]

    def topic_of(value: Message, key: object, timestamp: int, headers: object) -> object:
        return topics[value[0]]

    for name in topics:
        if name != settings.topic("articles.raw"):
            part = frame[frame.apply(lambda value, name=name: value[0] == name)]
            part = part.apply(lambda value: (chosen.__setitem__(0, value[1]), value[2])[1])
            part.to_topic(topics[name], key=lambda value: chosen[0])
    app.run()


def main(kind: str, server: str, prefix: str) -> None:
    """Run a peer until it is killed."""
    # Read as the worker beside it does: the environment says how.
    settings = load(options={"broker": server, "prefix": prefix})
    if kind == "aiokafka":
        asyncio.run(aiokafka_loop(settings))
    elif kind == "confluent":
        confluent_loop(settings)
    else:
        quix_loop(settings)


if __name__ == "__main__":
    main(*sys.argv[1:])
