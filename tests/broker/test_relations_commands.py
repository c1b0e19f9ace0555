"""Feedback, replay and diff as a person uses them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.messages import Event
from streams.samples import ARTICLES
from streams.wire.settings import Settings
from tests.broker.log import publish, read, read_until
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess, environment

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

SAMPLES = [line.strip() for line in ARTICLES.read_bytes().splitlines() if line.strip()]


def frenemy(settings: Settings, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def events(settings: Settings) -> dict[str, Event]:
    """The last word on each event."""
    last: dict[str, Event] = {}
    for handle in ("events_competition", "events_partnership"):
        for record in read(settings, handle):
            event = msgspec.json.decode(record.value or b"", type=Event)
            last[event.event_id] = event
    return last


def publish_samples(settings: Settings) -> None:
    publish(settings, [(json.loads(line)["id"].encode(), line) for line in SAMPLES])
    read_until(settings, "articles_enriched", lambda records: len(records) >= len(SAMPLES))
    wait_until(lambda: len(events(settings)) > 20, 60, "events")


def test_a_wrong_event_is_taken_back_and_stays_so(
    settings: Settings, worker: WorkerProcess
) -> None:
    publish_samples(settings)
    event = next(e for e in events(settings).values() if e.pair == "microsoft~openai")
    given = frenemy(settings, "feedback", "give", event.event_id, "wrong", "--note", "not so")
    assert given.returncode == 0, given.stderr
    wait_until(
        lambda: events(settings)[event.event_id].retracted is True, 60, "the event to be taken back"
    )
    before = len(read(settings, "detections"))
    again = [line for line in SAMPLES if json.loads(line)["id"] == event.article.id]
    publish(settings, [(event.article.id.encode(), line) for line in again])
    read_until(settings, "detections", lambda records: len(records) > before)
    after = len(read(settings, f"events_{event.type}"))
    wait_until(lambda: len(read(settings, f"events_{event.type}")) >= after, 30, "events again")
    assert events(settings)[event.event_id].retracted is True

    listed = frenemy(settings, "feedback", "list", "--json")
    assert json.loads(listed.stdout)["note"] == "not so"
    exported = [
        json.loads(line) for line in frenemy(settings, "feedback", "export").stdout.splitlines()
    ]
    assert [record["id"] for record in exported] == [event.article.id]
    assert [e["note"] for e in exported[0]["refuted_events"]] == ["not so"]


def test_bad_feedback_is_rejected(settings: Settings, worker: WorkerProcess) -> None:
    bad: dict[str, Any] = {"event_id": "0" * 32, "verdict": "wrong"}
    publish(settings, [(b"x", json.dumps(bad).encode()), (b"x", b"{")], "feedback")
    letters = read_until(settings, "articles_rejected", lambda records: len(records) >= 2)
    assert {json.loads(r.value or b"")["reason"] for r in letters} == {"bad_feedback"}
    unknown = frenemy(settings, "feedback", "give", "0" * 32, "wrong")
    assert unknown.returncode == 2
    assert "no event" in unknown.stderr


def test_a_replay_with_another_threshold_and_what_it_changes(
    settings: Settings, worker: WorkerProcess, tmp_path: Path
) -> None:
    publish_samples(settings)
    event = next(e for e in events(settings).values() if e.confidence > 0.9)
    frenemy(settings, "feedback", "give", event.event_id, "wrong")
    wait_until(lambda: events(settings)[event.event_id].retracted is True, 60, "the verdict")

    into = f"{settings.prefix}.trial"
    same = frenemy(settings, "replay", "--into", into)
    assert same.returncode == 0, same.stderr
    nothing = frenemy(settings, "diff", settings.prefix, into)
    assert (nothing.returncode, nothing.stdout.strip()) == (0, "No difference.")

    strict = f"{settings.prefix}.strict"
    replayed = frenemy(settings, "replay", "--into", strict, "--competition-threshold", "0.8")
    assert replayed.returncode == 0, replayed.stderr
    found = frenemy(settings, "diff", settings.prefix, strict, "--json")
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert found.returncode == 1
    kinds = {line["kind"] for line in lines}
    assert kinds == {"lost", "relation"}
    lost = [line["event"] for line in lines if line["kind"] == "lost"]
    assert {e["type"] for e in lost} == {"competition"}
    assert all(e["confidence"] < 0.8 for e in lost)

    archive = tmp_path / "archive.jsonl"
    archive.write_bytes(b"\n".join(SAMPLES))
    taken = f"{settings.prefix}.archive"
    assert frenemy(settings, "replay", str(archive), "--into", taken).returncode == 0
    assert frenemy(settings, "diff", settings.prefix, taken).returncode == 0


def test_a_replay_into_itself_is_refused(settings: Settings) -> None:
    refused = frenemy(settings, "replay", "--into", settings.prefix)
    assert refused.returncode == 2
    empty = frenemy(settings, "replay", "--into", f"{settings.prefix}.trial")
    assert empty.returncode == 2
    assert "no articles to replay" in empty.stderr
