"""Nothing of an article reaches a terminal, log line, metric label, header or file name as it came."""

import json
import logging
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from prometheus_client import generate_latest

from streams.articles.companies.registry import load
from streams.articles.rejection import Reason, Rejection
from streams.commands import main
from streams.commands.console import json_line
from streams.commands.watch import alert_of, line_of, show_event, show_shift
from streams.messages import Event, Feedback, Shift, Version
from streams.wire import dead_letters, registry_updates
from streams.wire.agents import Pipeline
from streams.wire.logs import ConsoleFormatter, JsonFormatter
from tests.unit.wire.pipeline_parts import event, pipeline

EXAMPLES = Path(__file__).resolve().parents[3] / "schemas" / "examples" / "good"
# Escape codes of both sorts, a new line that forges another, a bell, a carriage return, marks that turn text.
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\nforged\x08\x7f\u202e\u2066"
RAW = frozenset("\x1b\x07\x9b\r\x08\x7f\u202e\u2066\x85\u2028")
FIELDS = ("title", "body", "source", "url", "id", "lang", "published_at", "authors")


def clean(text: str) -> bool:
    """Whether only what may be printed, and new lines of ours, stand in it."""
    return all(c.isprintable() or c == "\n" for c in text) and "\nforged" not in text


def test_the_check_says_no() -> None:
    assert not clean(EVIL)
    assert not clean("a\nforged")
    assert not any(clean(c) for c in RAW)


def articles(tmp_path: Path) -> Path:
    """An article with hostile text in each of its fields, and one with it in all that may hold it."""
    good = {"id": "a", "title": "Orange sued Vodafone.", "lang": "en"}
    rows = [{**good, name: [EVIL] if name == "authors" else f"x{EVIL}y"} for name in FIELDS]
    rows.append({**good, "source": EVIL, "authors": [EVIL], EVIL: EVIL})
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + EVIL + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["explain"],
        ["explain", "--json"],
        ["produce", "--dry-run"],
        ["produce", "--print"],
    ],
    ids=" ".join,
)
def test_no_command_prints_it_raw(tmp_path: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, [*arguments, str(articles(tmp_path))])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output
    assert clean(done.output)


def test_what_is_printed_instead_of_sent_says_the_same(tmp_path: Path) -> None:
    told = {"id": "a", "title": f"Orange sued Vodafone. {EVIL}", "lang": "en"}
    written = json.dumps(told, ensure_ascii=False).replace(", ", ",\t")
    path = tmp_path / "articles.jsonl"
    path.write_text(written + "\n", encoding="utf-8")
    path.write_bytes(path.read_bytes() + b"\xffno JSON\x1b[2J\n")
    done = CliRunner().invoke(main, ["produce", "--print", "--anyway", str(path)])
    said, junk = done.stdout.splitlines()
    assert clean(done.stdout.replace("\n", ""))
    assert json.loads(said) == told
    assert junk == "\\xffno JSON\\u001b[2J"


@pytest.mark.parametrize(
    "command", ["list", "list --json", "list --by source --counts", "show", "explain"]
)
def test_no_part_of_a_dead_letter_is_printed_raw(tmp_path: Path, command: str) -> None:
    evil = EVIL.encode()
    record = dead_letters.rejected(
        Rejection(Reason.NOT_JSON, "decode", EVIL),
        topic=f"news{EVIL}",
        partition=1,
        offset=2,
        key=evil,
        value=b'{"source": "' + evil + b'", "title": ' + evil,
        headers=[(EVIL, evil), ("frenemy.replays", evil)],
        rejected_at=EVIL,
        version=Version(program=EVIL, registry=EVIL, model=EVIL),
    )
    changed = msgspec.structs.replace(
        record, reason="not_json" if "explain" in command else EVIL, step=EVIL
    )
    path = tmp_path / "letters.jsonl"
    path.write_bytes(dead_letters.encode(changed) + b"\n")
    words = command.split()
    if words[0] in ("show", "explain"):
        words.append("1/2")
    done = CliRunner().invoke(main, ["rejected", *words, "--from", str(path)])
    assert done.exception is None
    assert done.output
    assert clean(done.output)


def hostile_event() -> Event:
    found = msgspec.json.decode((EXAMPLES / "event" / "partnership.json").read_bytes(), type=Event)
    replace = msgspec.structs.replace
    return replace(
        found,
        pair=EVIL,
        detected_at=EVIL,
        participants=tuple(replace(p, name=EVIL, id=EVIL) for p in found.participants),
        evidence=replace(found.evidence, text=f"a{EVIL}b", cues=(EVIL,)),
        article=replace(found.article, id=EVIL, title=EVIL, source=EVIL, url=EVIL),
    )


def hostile_shift() -> Shift:
    (path, *_) = sorted((EXAMPLES / "shift").glob("*.json"))
    found = msgspec.json.decode(path.read_bytes(), type=Shift)
    replace = msgspec.structs.replace
    companies = tuple(replace(c, name=EVIL, id=EVIL) for c in found.after.companies)
    after = replace(found.after, companies=companies, pair=EVIL)
    return replace(found, pair=EVIL, shifted_at=EVIL, after=after, event=hostile_event())


def test_watch_shows_it_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    show_event(hostile_event())
    show_shift(hostile_shift())
    shown = capsys.readouterr().out
    assert "forged" in shown
    assert clean(shown)


@pytest.mark.parametrize("message", [hostile_event(), hostile_shift()], ids=["event", "shift"])
def test_a_line_stays_one_line(message: Event | Shift) -> None:
    assert clean(line_of(message).replace("\t", ""))
    assert "\n" not in line_of(message)
    assert "\n" not in alert_of(message).line


def messages(parts: Pipeline) -> None:
    """Hostile text in every kind of message, through the worker's steps, some of it rejected."""
    rows = [
        {"id": "a", "title": "Orange sued Vodafone.", "lang": "en", name: f"x{EVIL}"}
        for name in FIELDS
    ]
    for row in (*rows, {"title": f"x{EVIL}"}, {EVIL: 1}):
        parts.handle(
            event("news.articles.raw", EVIL.encode(), json.dumps(row).encode()),
            parts.read_article,
            "articles",
        )
    feedback = {"event_id": "0" * 32, "pair": "a~b", "verdict": "wrong", "note": EVIL, "who": EVIL}
    detection = json.loads((EXAMPLES / "detection" / "microsoft_openai.json").read_text())
    for topic, body in (
        ("feedback", feedback),
        ("feedback", {**feedback, EVIL: EVIL}),
        ("feedback.rekeyed", {**feedback, "given_at": EVIL}),
        ("detections", {**detection, "source": EVIL, "article_id": EVIL}),
        ("detections", {**detection, "pair": f"a~{EVIL}"}),
        ("detections", {**detection, "revision": EVIL, EVIL: 1}),
    ):
        key = str(body["pair"]).encode()
        parts.handle(
            event(f"news.{topic}", key, json.dumps(body).encode()), parts.relate_pair, "relations"
        )


def test_it_reaches_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    parts, _ = pipeline()
    with caplog.at_level(logging.DEBUG):
        messages(parts)
    assert len(caplog.records) > len(FIELDS)
    for record in caplog.records:
        for formatter in (ConsoleFormatter(), JsonFormatter()):
            line = formatter.format(record)
            assert clean(line)
            assert "\n" not in line


@pytest.mark.parametrize("formatter", [ConsoleFormatter(), JsonFormatter()])
def test_a_log_line_escapes_even_what_should_not_be_in_it(formatter: logging.Formatter) -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, EVIL + "\ud800\U000e0041", None, None)
    record.ids = {"article_id": EVIL}
    line = formatter.format(record)
    assert line.isprintable()
    line.encode()
    if isinstance(formatter, JsonFormatter):
        assert json.loads(line)["article_id"] == EVIL


def test_it_reaches_no_metric_and_no_header() -> None:
    parts, metrics = pipeline()
    messages(parts)
    told = generate_latest(metrics.registry).decode()
    assert "forged" not in told
    assert clean(told)
    rejected = parts.reject(
        event("news.articles.raw", EVIL.encode(), b"x", [("traceparent", EVIL.encode())]),
        Rejection(Reason.NOT_JSON, "decode", "It is bad."),
    )
    for name, data in rejected[0].headers:
        if name != "traceparent":
            assert data.decode().isprintable(), name


def test_a_rejection_quotes_no_name_of_a_field_raw() -> None:
    parts, _ = pipeline()
    bad = json.dumps({"id": "orange", "name": "Orange", EVIL: 1}).encode()
    with pytest.raises(Rejection) as company:
        registry_updates.update_of(b"orange", bad)
    with pytest.raises(Rejection) as verdict:
        parts.relate_pair(event("news.feedback", b"e", bad))
    for caught in (company, verdict):
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 600


def test_a_company_may_not_be_called_so() -> None:
    for field in ("id", "name", "parent"):
        body = {"id": "zuvelia", "name": "Zuvelia", field: f"Zu{EVIL}"}
        with pytest.raises(Rejection) as caught:
            registry_updates.check(load(), b"zuvelia", json.dumps(body).encode())
        assert caught.value.reason == Reason.BAD_COMPANY
        assert caught.value.message.isprintable()


def test_feedback_is_kept_and_told_escaped() -> None:
    said = Feedback(event_id="0" * 32, pair="a~b", verdict="wrong", note=EVIL, who=EVIL)
    line = json_line(said)
    assert line.isprintable()
    assert msgspec.json.decode(line, type=Feedback) == said
