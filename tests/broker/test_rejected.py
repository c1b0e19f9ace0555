"""Dead letters on a real broker: looked into, exported, sent again; and a worker that stops rejecting."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.wire import dead_letters
from streams.wire.broker import client_parameters, producer, reader
from streams.wire.settings import Settings
from tests.broker.conftest import PARTITIONS
from tests.broker.log import Record, publish, read, read_until
from tests.broker.worker_process import WorkerProcess, environment

pytestmark = pytest.mark.broker

Raw = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value and headers of a message."""
GOOD = (
    b'{"title": "Airbus and Safran signed a partnership in Lyon.", "lang": "en", "source": "Wire"}'
)
LEFT_BY_ITSELF = 3
# Keys, values and headers that no text codec brings back.
BAD: tuple[Raw, ...] = (
    (b"k\x00\xff", b'{"title": "\xff\x1b[31m"}', [("traceparent", b"\x00\xff"), ("note", b"")]),
    (None, b"not json \xc2\x9b", []),
    (b"empty", b'{"title": 7, "source": "Wire"}', [("note", b"1"), ("note", b"2")]),
)


def frenemy(
    settings: Settings, *arguments: object, code: int = 0
) -> "subprocess.CompletedProcess[bytes]":
    done = subprocess.run(
        [sys.executable, "-m", "streams", "rejected", *map(str, arguments)],
        capture_output=True,
        timeout=90,
        check=False,
        env=environment(settings),
    )
    assert done.returncode == code, done.stderr.decode()
    return done


def send(settings: Settings, *messages: Raw) -> None:
    async def run() -> None:
        client = producer(settings)
        await client.start()
        try:
            for key, value, headers in messages:
                topic = settings.topic("articles.raw")
                await client.send_and_wait(topic, value, key, headers=headers)
        finally:
            await client.stop()

    asyncio.run(run())


def raw(settings: Settings) -> list[Raw]:
    """All of the raw topic, headers in order and with repeated names."""

    async def run() -> list[Raw]:
        consumer = reader(settings)
        await consumer.start()
        try:
            partitions = [
                TopicPartition(settings.topic("articles.raw"), p) for p in range(PARTITIONS)
            ]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            await consumer.seek_to_beginning(*partitions)
            found = []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    found += [(m.key, m.value, list(m.headers)) for m in batch]
            return found
        finally:
            await consumer.stop()

    return asyncio.run(run())


def committed(settings: Settings) -> dict[int, int]:
    """What the workers' group has committed of the raw topic, by partition."""

    async def run() -> dict[int, int]:
        consumer = AIOKafkaConsumer(
            **client_parameters(settings), group_id=settings.group, enable_auto_commit=False
        )
        await consumer.start()
        try:
            topic = settings.topic("articles.raw")
            answers = {
                p: await consumer.committed(TopicPartition(topic, p)) for p in range(PARTITIONS)
            }
            return {p: offset or 0 for p, offset in answers.items()}
        finally:
            await consumer.stop()

    return asyncio.run(run())


def letters(records: list[Record]) -> list[tuple[int, int, int]]:
    """Partition, offset and number of replays of each dead letter."""
    found = []
    for record in records:
        letter = dead_letters.decode(record.value or b"")
        _, _, headers = dead_letters.original(letter)
        found.append((letter.partition, letter.offset, dead_letters.replays(headers)))
    return found


def test_the_very_bytes_go_round(settings: Settings, worker: WorkerProcess, tmp_path: Path) -> None:
    send(settings, *BAD)
    read_until(settings, "articles_rejected", lambda found: len(found) >= len(BAD))
    listed = frenemy(settings, "list", "--json").stdout.splitlines()
    assert {json.loads(line)["reason"] for line in listed} == {"not_utf8", "not_json", "wrong_type"}
    frenemy(settings, "export", tmp_path / "out", "--reason", "not_utf8")
    dry = frenemy(settings, "replay", "--dry-run").stderr.decode()
    assert "3 messages would be replayed" in dry
    assert len(raw(settings)) == len(BAD)

    # From the export one, from the topic the rest.
    told = frenemy(settings, "replay", "--from", tmp_path / "out").stderr.decode()
    assert "1 messages replayed, delivery confirmed" in told
    read_until(settings, "articles_rejected", lambda found: len(found) >= len(BAD) + 1)
    told = frenemy(settings, "replay", "--max-replays", "1").stderr.decode()
    assert "2 messages replayed, delivery confirmed; 2 left out: replayed too often" in told
    mark = (dead_letters.REPLAYS, b"1")
    expected = [*BAD, *((key, value, [*headers, mark]) for key, value, headers in BAD)]
    assert sorted(map(repr, raw(settings))) == sorted(map(repr, expected))

    # Rejected again, they carry their mark, so that another replay leaves them out.
    found = read_until(settings, "articles_rejected", lambda found: len(found) >= 2 * len(BAD))
    assert sorted(times for _, _, times in letters(found)) == [0, 0, 0, 1, 1, 1]
    told = frenemy(settings, "replay", "--max-replays", "1").stderr.decode()
    assert "0 messages replayed" in told
    assert len(raw(settings)) == 2 * len(BAD)


def test_what_was_mended_is_enriched_after_its_replay(settings: Settings, tmp_path: Path) -> None:
    long = json.dumps({"id": "long", "title": "Orange rivals Vodafone.", "body": "x " * 2_000})
    small = msgspec.structs.replace(settings, max_article_bytes=1_024)
    process = WorkerProcess(small, tmp_path / "small.log")
    process.start()
    try:
        process.wait_ready()
        publish(settings, [(b"long", long.encode()), (b"bad", b"not json")])
        read_until(settings, "articles_rejected", lambda found: len(found) >= 2)
        process.terminate()
        process = WorkerProcess(settings, tmp_path / "worker.log")
        process.start()
        process.wait_ready()
        told = frenemy(settings, "replay", "--only-mended").stderr.decode()
        assert (
            "1 messages replayed, delivery confirmed; 1 left out: would be rejected again" in told
        )
        (enriched,) = read_until(settings, "articles_enriched", lambda found: len(found) >= 1)
        assert json.loads(enriched.value or b"")["article_id"] == "long"
    finally:
        process.end()


def test_each_other_topic_gets_its_own_back(settings: Settings, worker: WorkerProcess) -> None:
    publish(settings, [(b"e", b"no verdict")], "feedback")
    read_until(settings, "articles_rejected", lambda found: len(found) >= 1)
    frenemy(settings, "replay")
    again = read_until(settings, "feedback", lambda found: len(found) >= 2)
    assert [r.value for r in again] == [b"no verdict"] * 2
    assert raw(settings) == []


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("limits", "switch"),
    [
        ({"rejected_share": 0.5, "rejected_run": 0}, "FRENEMY_REJECTED_SHARE=1"),
        ({"rejected_share": 1.0, "rejected_run": 150}, "FRENEMY_REJECTED_RUN=0"),
    ],
    ids=["share", "run"],
)
def test_a_worker_stops_before_it_drains_the_topic(
    settings: Settings, tmp_path: Path, limits: dict[str, float], switch: str
) -> None:
    bad, good = 1_000, 40
    messages = [(b"%d" % n, b"not json %d" % n) for n in range(bad)]
    articles = [json.dumps({**json.loads(GOOD), "id": f"a{n}"}).encode() for n in range(good)]
    publish(settings, [*messages, *((None, value) for value in articles)])
    strict = msgspec.structs.replace(settings, **limits)
    process = WorkerProcess(strict, tmp_path / "strict.log")
    process.start()
    try:
        assert process.wait(90) == LEFT_BY_ITSELF
    finally:
        process.end()
    log = (tmp_path / "strict.log").read_text()
    assert "the worker stops before it turns the whole topic into dead letters" in log
    assert switch in log

    # Most of the topic was left alone, and nothing is committed whose fate is not on a topic.
    found = {(p, offset) for p, offset, _ in letters(read(settings, "articles_rejected"))}
    assert len(found) < bad / 2
    passed = committed(settings)
    kept = {p: {offset for q, offset in found if q == p} for p in passed}
    assert read(settings, "articles_enriched") == []
    for partition, offset in passed.items():
        assert set(range(offset)) <= kept[partition]

    # A replay of what is bad does not stop the next worker, and nothing is lost after its start.
    lenient = msgspec.structs.replace(settings, rejected_share=1.0, rejected_run=0)
    process = WorkerProcess(lenient, tmp_path / "lenient.log")
    process.start()
    try:
        process.wait_ready()
        read_until(
            settings,
            "articles_rejected",
            lambda records: len({place[:2] for place in letters(records)}) >= bad,
            90,
        )
        enriched = read_until(settings, "articles_enriched", lambda records: len(records) >= good)
        ids = {json.loads(r.value or b"")["article_id"] for r in enriched}
        assert ids == {f"a{n}" for n in range(good)}
    finally:
        process.end()


@pytest.mark.timeout(240)
def test_a_replay_of_what_is_bad_stops_no_worker(settings: Settings, tmp_path: Path) -> None:
    strict = msgspec.structs.replace(settings, rejected_run=50)
    process = WorkerProcess(strict, tmp_path / "worker.log")
    process.start()
    try:
        process.wait_ready()
        mark = [(dead_letters.REPLAYS, b"1")]
        publish(settings, [(b"%d" % n, b"not json %d" % n) for n in range(300)], headers=mark)
        read_until(settings, "articles_rejected", lambda records: len(records) >= 300)
        assert process.running
        assert process.terminate() == 0
    finally:
        process.end()
