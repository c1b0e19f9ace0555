"""Articles in, events out, on a real broker."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from streams import contract
from streams.contract import topics
from streams.samples import ARTICLES
from streams.wire.settings import Settings
from tests.broker.log import Record, publish, read, read_until
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess, environment

pytestmark = pytest.mark.broker

SAMPLES = [line.strip() for line in ARTICLES.read_bytes().splitlines() if line.strip()]
TRACE = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def ids(records: list[Record]) -> list[str]:
    return [json.loads(r.value or b"{}")["article_id"] for r in records]


def enough(count: int) -> Callable[[list[Record]], bool]:
    return lambda records: len(records) >= count


def test_samples_become_events_and_a_pair_frenemies(
    settings: Settings, worker: WorkerProcess
) -> None:
    publish(
        settings,
        [(json.loads(line)["id"].encode(), line) for line in SAMPLES],
        headers=[("traceparent", TRACE)],
    )
    enriched = read_until(settings, "articles_enriched", enough(len(SAMPLES)))
    assert sorted(ids(enriched)) == sorted(json.loads(line)["id"] for line in SAMPLES)
    expected = sum(len(json.loads(r.value or b"")["events"]) for r in enriched)
    read_until(settings, "detections", lambda records: bool(records))

    def events() -> list[Record]:
        return read(settings, "events_competition") + read(settings, "events_partnership")

    wait_until(lambda: len(events()) >= expected, 30, "all events")
    relations = {r.key: json.loads(r.value or b"")["stance"] for r in read(settings, "relations")}
    assert relations[b"microsoft~openai"] == "frenemies"
    assert any(
        json.loads(r.value or b"")["to_stance"] == "frenemies"
        for r in read(settings, "relations_shifts")
    )
    for handle, topic in topics().items():
        if topic.holds in ("state", "article"):
            continue
        schema = json.loads((contract.folder() / f"{topic.holds}.schema.json").read_text())
        validator = Draft202012Validator(schema)
        for record in read(settings, handle):
            validator.validate(json.loads(record.value or b""))
            assert record.headers["ce_specversion"] == b"1.0"
            assert record.headers["ce_type"] == f"frenemy.{topic.holds}".encode()
            assert record.headers["traceparent"] == TRACE


def test_one_in_ten_broken_each_article_ends_once(
    settings: Settings, worker: WorkerProcess
) -> None:
    total = 1_000
    broken = {
        0: (b'{"title": "cut', "not_json"),
        1: (b'{"title": "\xff"}', "not_utf8"),
        2: (b'{"title": 7}', "wrong_type"),
        3: (b'{"body": ""}', "no_text"),
        4: (b'{"title": "x", "published_at": "soon"}', "bad_date"),
    }
    messages: list[tuple[bytes | None, bytes]] = []
    reasons: Counter[str] = Counter()
    for number in range(total):
        if number % 10 == 0:
            value, reason = broken[number // 10 % len(broken)]
            reasons[reason] += 1
        else:
            article = {**json.loads(SAMPLES[number % len(SAMPLES)]), "id": f"article-{number}"}
            value = json.dumps(article).encode()
        # Keyed by id, keyed by something else, and unkeyed: all must come through.
        key = [f"article-{number}".encode(), b"other", None][number % 3]
        messages.append((key, value))
    publish(settings, messages)
    good = total - sum(reasons.values())
    enriched = read_until(settings, "articles_enriched", enough(good), 120)
    rejected = read_until(settings, "articles_rejected", enough(total - good), 60)
    assert len(enriched) + len(rejected) == total
    assert Counter(ids(enriched)).most_common(1)[0][1] == 1
    letters = [json.loads(r.value or b"") for r in rejected]
    assert Counter(letter["reason"] for letter in letters) == reasons


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_kcat_produces_keyed_and_unkeyed(settings: Settings, worker: WorkerProcess) -> None:
    topic = settings.topic("articles.raw")
    lines = b"".join(line + b"\n" for line in SAMPLES[:6])
    keyed = b"".join(json.loads(x)["id"].encode() + b"\t" + x + b"\n" for x in SAMPLES[6:12])
    base = ["kcat", "-b", settings.broker, "-P", "-t", topic]
    subprocess.run(base, input=lines, check=True, timeout=60)
    subprocess.run([*base, "-K", "\t"], input=keyed, check=True, timeout=60)
    enriched = read_until(settings, "articles_enriched", enough(12))
    assert sorted(ids(enriched)) == sorted(json.loads(line)["id"] for line in SAMPLES[:12])


def test_fausts_own_command_works_too(settings: Settings, tmp_path: Path) -> None:
    process = WorkerProcess(
        settings,
        tmp_path / "faust.log",
        ("-m", "faust", "-A", "streams.app", "worker", "--without-web", "-l", "warn"),
    )
    process.start()
    try:
        process.wait_ready()
        publish(settings, [(None, SAMPLES[0])])
        read_until(settings, "events_competition", enough(1))
        assert process.terminate() == 0
    finally:
        process.end()


def test_commands_on_a_broker(settings: Settings, worker: WorkerProcess, tmp_path: Path) -> None:
    import sys

    def frenemy(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "streams", *arguments],
            input=stdin,
            capture_output=True,
            timeout=90,
            check=False,
            env=environment(settings),
        )

    assert frenemy("topics", "check").returncode == 0
    sent = frenemy("produce", "-", stdin=b"\n".join([*SAMPLES[:3], b'{"title": 7}']))
    assert sent.returncode == 1
    assert b"3 articles sent, 1 refused" in sent.stderr
    assert b"wrong_type" in sent.stderr
    publish(settings, [(None, b"not json")])
    read_until(settings, "articles_rejected", enough(1))
    read_until(settings, "relations_shifts", enough(1))
    watched = frenemy("watch", "--once", "--format", "json", "--company", "openai")
    pairs = {json.loads(line)["pair"] for line in watched.stdout.splitlines()}
    assert "microsoft~openai" in pairs
    listed = frenemy("rejected", "list", "--json")
    assert [json.loads(line)["reason"] for line in listed.stdout.splitlines()] == ["not_json"]
