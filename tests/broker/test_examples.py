"""deploy/examples: each program reads what is on Apache Kafka, in its language, as written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.contract import topics
from streams.wire.settings import Settings
from tests import node
from tests.broker import apache_kafka
from tests.broker.log import publish, read
from tests.broker.waiting import wait_until
from tests.broker.worker_process import environment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "deploy" / "examples"
GOOD = ROOT / "schemas" / "examples" / "good"
SECONDS = 90

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


def _event(name: str) -> bytes:
    return json.dumps(json.loads((GOOD / "event" / f"{name}.json").read_bytes())).encode()


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """Two events on their topics: one comes twice and is then taken back."""
    first = _event("competition")
    for handle, values in {
        "events_competition": [first, first, _event("retracted")],
        "events_partnership": [_event("partnership")],
    }.items():
        publish(settings, [(b"microsoft~openai", value) for value in values], handle)
    return settings


def expected() -> list[str]:
    lines = []
    for name in ("competition", "retracted", "partnership"):
        event = json.loads(_event(name))
        status = "retracted" if event["retracted"] else event["status"]
        fields = [event["type"], event["pair"], status, f"{event['confidence']:.2f}"]
        lines.append("\t".join([*fields, event["evidence"]["text"]]))
    return sorted(lines)


@contextmanager
def running(
    command: Sequence[str], settings: Settings, log: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program in a session of its own, ended with all it started."""
    variables = {
        **environment(settings),
        "FRENEMY_BROKER": settings.broker,
        "FRENEMY_PREFIX": settings.prefix,
        **more,
    }
    with log.open("wb") as out, log.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, env=variables, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait(10)


def shown(command: Sequence[str], settings: Settings, tmp_path: Path, **more: str) -> list[str]:
    """What a program printed once it has shown as much as there is."""
    log = tmp_path / "out"

    def lines() -> list[str]:
        return log.read_text(encoding="utf-8").splitlines()

    with running(command, settings, log, **more) as process:
        wait_until(
            lambda: len(lines()) >= len(expected()) or process.poll() is not None,
            SECONDS,
            f"{command}: {log.with_suffix('.err').read_text()[-2000:]}",
        )
    return sorted(lines())


def needs(*programs: str) -> None:
    """Skip, or fail in CI, where a program is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def test_kcat(filled: Settings, tmp_path: Path) -> None:
    needs("kcat", "jq")
    assert shown(["sh", str(EXAMPLES / "kcat" / "events.sh")], filled, tmp_path) == expected()


@pytest.mark.parametrize("library", ["aiokafka", "confluent"])
def test_python(filled: Settings, tmp_path: Path, library: str) -> None:
    program = EXAMPLES / "python" / f"events_{library}.py"
    assert shown([sys.executable, str(program)], filled, tmp_path) == expected()


def test_java(filled: Settings, tmp_path: Path) -> None:
    needs("java", "mvn")
    jars = apache_kafka.jars()
    command = ["java", "-Xmx128m", "-cp", f"{jars}/*", str(EXAMPLES / "java" / "Events.java")]
    assert shown(command, filled, tmp_path) == expected()


def test_javascript(filled: Settings, tmp_path: Path) -> None:
    needs("node", "npm")
    command = ["node", str(EXAMPLES / "javascript" / "events.cjs")]
    modules = str(node.modules())
    assert shown(command, filled, tmp_path, NODE_PATH=modules) == expected()


def test_javascript_asks_for_what_is_tested() -> None:
    asked = json.loads((EXAMPLES / "javascript" / "package.json").read_text())["dependencies"]
    tested = json.loads((node.HERE / "package.json").read_text())["dependencies"]
    assert asked.items() <= tested.items()


def test_go(filled: Settings, tmp_path: Path) -> None:
    needs("go")
    program = tmp_path / "events"
    built = subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=EXAMPLES / "go",
        env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert not built.returncode, built.stderr
    assert shown([str(program)], filled, tmp_path) == expected()


def test_kcat_publishes_articles(settings: Settings) -> None:
    needs("kcat", "jq")
    article = {"id": "a-1", "title": "Orange s’allie à Vodafone", "body": "Un\taccord."}
    done = subprocess.run(
        ["sh", str(EXAMPLES / "kcat" / "publish.sh")],
        input=json.dumps(article) + "\n",
        env={
            **environment(settings),
            "FRENEMY_BROKER": settings.broker,
            "FRENEMY_PREFIX": settings.prefix,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.returncode, done.stderr
    (record,) = read(settings, "articles_raw")
    assert record.key == b"a-1"
    assert json.loads(record.value or b"") == article


def frenemy(
    settings: Settings, *arguments: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams", *arguments],
        input=text,
        env={**environment(settings), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_sql_over_a_dump(filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    dump = frenemy(filled, "watch", "--once", "--format", "json")
    assert dump.returncode == 0, dump.stderr
    (tmp_path / "events.jsonl").write_text(dump.stdout, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    *views, question = duckdb.extract_statements((EXAMPLES / "sql" / "events.sql").read_text())
    with duckdb.connect() as database:
        for view in views:
            database.execute(view)
        found = database.execute(question)
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert [(r["pair"], r["competition"], r["partnership"]) for r in rows] == [
        ("microsoft~openai", 0, 1)
    ]


def test_watch_goes_on_where_its_group_was(filled: Settings, tmp_path: Path) -> None:
    program = f"tee -a {tmp_path / 'alerts'}"
    arguments = ("watch", "--once", "--group", "desk", "--run", program, "--format", "line")
    for _ in range(2):
        done = frenemy(filled, *arguments, "--from-beginning")
        assert done.returncode == 0, done.stderr
        assert len((tmp_path / "alerts").read_text().splitlines()) == 3
    publish(filled, [(b"microsoft~openai", _event("partnership"))], "events_partnership")
    assert frenemy(filled, *arguments).returncode == 0
    assert len((tmp_path / "alerts").read_text().splitlines()) == 4


def test_produce_delivers_once_over_runs_and_tells_a_missing_topic(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "title": "One"}\n{"id": "2", "title": "Two"}\n')
    arguments = ("produce", "--resume", str(tmp_path / "p.db"), str(tmp_path / "a.jsonl"))
    first, second = frenemy(settings, *arguments), frenemy(settings, *arguments)
    assert "2 articles sent" in first.stderr
    assert "0 articles sent" in second.stderr
    assert sorted(record.key or b"" for record in read(settings, "articles_raw")) == [b"1", b"2"]
    assert topics()["articles_raw"].name == "articles.raw"
