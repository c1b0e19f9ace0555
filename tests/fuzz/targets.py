"""What is fuzzed: each target takes any bytes and fails only where the program breaks a promise.

A target may meet a `Rejection`, and nothing else. What it gets back it checks: that offsets fit, that messages can be
encoded and read again, that nothing unprintable is told to people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import msgspec
import orjson

from streams.articles import decode, normalise, rejection
from streams.articles.blame import blame
from streams.articles.companies.registry import BadUpdate, Registry, load
from streams.articles.enrich import read
from streams.articles.limits import DEFAULT_LIMITS
from streams.articles.rejection import Rejection
from streams.commands.console import json_line, plain, plain_text
from streams.commands.rejected.again import home
from streams.commands.rejected.letters import Choice, Letter
from streams.messages import Detection, Enriched, Undecodable, Version, decoded
from streams.wire import dead_letters, envelope, registry_updates
from streams.wire.agents import Pipeline
from streams.wire.outputs import Output
from tests.unit.wire import pipeline_parts

LARGEST_TABLE = 500
ARTICLES, ENRICHED = "news.articles.raw", "news.articles.enriched"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that takes hostile bytes. `share` is its part of all inputs, `largest` the most bytes."""

    name: str
    run: Callable[[bytes], None]
    share: float
    largest: int = 4_096


def decoding(value: bytes) -> None:
    """Bytes of a raw message to an article."""
    try:
        raw = decode.decode(value)
    except Rejection as no:
        _told(no)
        return
    assert raw.title.strip() or raw.body.strip() or raw.deleted
    assert raw.id is None or raw.id.isprintable()


def html(value: bytes) -> None:
    """A title or body, plain or HTML, to clean text; clean text stays as it is."""
    text = value.decode("utf-8", "ignore")
    try:
        clean = normalise.normalise(text, "body")
        # Text that shows markup is markup when it is read once more.
        if "<" not in clean and "&" not in clean:
            assert normalise.normalise(clean, "body") == clean
    except Rejection as no:
        _told(no)
        return
    assert len(clean) <= DEFAULT_LIMITS.body
    assert not list(normalise.forbidden_characters(clean))


def reading(value: bytes) -> None:
    """Bytes of a raw message to a checked, clean article with its id."""
    try:
        article = read(value)
    except Rejection as no:
        _told(no)
        return
    assert article.id
    assert article.id.isprintable()
    assert read(value) == article
    article.id.encode()


def analysis(value: bytes) -> None:
    """Text with a first byte for the language, through both agents of a worker."""
    lang = ("en", "fr", None, "de")[value[0] % 4] if value else None
    title, _, body = value[1:].decode("utf-8", "ignore").partition("\n")
    fields = {"id": "a", "title": title, "body": body, "source": title[:50], "lang": lang}
    _worked({name: text for name, text in fields.items() if text is not None})


def whole(value: bytes) -> None:
    """Bytes of a raw message through both agents of a worker."""
    _work(value)


def _worked(fields: dict[str, str]) -> None:
    _work(orjson.dumps(fields))


def _work(value: bytes) -> None:
    parts = _pipeline()
    try:
        with _changes(parts):
            outputs = parts.read_article(_message(ARTICLES, value))
    except Rejection as no:
        _told(no)
        return
    for output in outputs:
        if output.topic == ENRICHED:
            _fits(decoded(output.value, Enriched))
        else:
            _relate(output.key, output.value)


def relating(value: bytes) -> None:
    """A message of the internal topic of detections, whoever wrote it."""
    try:
        key = decoded(value, Detection).pair.encode()
    except Undecodable:
        key = b"a~b"
    _relate(key, value)


def verdicts(value: bytes) -> None:
    """A message of the feedback topic, both hops."""
    parts = _pipeline()
    try:
        with _changes(parts):
            (output,) = parts.relate_pair(_message("news.feedback", value))
            _sound(parts.relate_pair(_message("news.feedback.rekeyed", output.value, output.key)))
    except Rejection as no:
        _told(no)


def registry(value: bytes) -> None:
    """Changes of the company registry, one a line."""
    known: Registry = _registry()
    for line in value.split(b"\n")[:4]:
        try:
            update = registry_updates.update_of(line, line or None)
            registry_updates.check(known, line, line or None)
            known = known.with_update(update)
        except Rejection as no:
            _told(no)
        except BadUpdate:
            continue
        else:
            record = known.get(update.id)
            assert (record is None) == update.deleted


def letters(value: bytes) -> None:
    """A line of an export, or a message of the rejected topic: all that `frenemy rejected` does with it."""
    try:
        letter = Letter.of(dead_letters.decode(value))
    except ValueError:
        return
    everything = Choice(reasons=(letter.record.reason,), since=0, until=1 << 60, sources=("x",))
    everything.takes(letter)
    assert home(letter)
    again = dead_letters.marked(letter.headers, letter.replays + 1)
    assert [h for h in again if h[0] != dead_letters.REPLAYS] == [
        h for h in letter.headers if h[0] != dead_letters.REPLAYS
    ]
    for text in (letter.place, letter.source, letter.record.message, letter.record.rejected_at):
        _shown(text)
    _line(dead_letters.encode(letter.record))
    for cause in blame(
        letter.value, rejection.KNOWN.get(letter.record.reason, rejection.Reason.EMPTY)
    ):
        _shown(cause.text)
    assert Letter.of(dead_letters.decode(dead_letters.encode(letter.record))) == letter


def replay(value: bytes) -> None:
    """Any message, rejected for any reason: its bytes come back, and what is to blame can be told."""
    first = value[0] if value else 0
    reasons = list(rejection.Reason)
    reason = reasons[first % len(reasons)]
    name, _, data = value.partition(b"=")
    record = dead_letters.rejected(
        Rejection(reason, "decode", "It is bad."),
        topic=ARTICLES,
        partition=first,
        offset=len(value),
        key=name or None,
        value=value,
        headers=[(name.decode("utf-8", "replace"), data), (dead_letters.REPLAYS, data)],
        rejected_at="2024-05-08T06:30:00Z",
        version=Version(program="0", registry="0", model="0"),
    )
    sent = dead_letters.encode(record)
    letter = Letter.of(dead_letters.decode(sent))
    assert (letter.key, letter.value) == (name or None, value)
    assert letter.headers[0][1] == data
    assert 0 <= letter.replays < dead_letters.MOST_REPLAYS
    envelope.trace_of(letter.headers)
    for cause in blame(value, reason):
        _shown(cause.where)
        _shown(cause.text)


def terminal(value: bytes) -> None:
    """Any text as people are shown it: on a terminal, in JSON, in a header."""
    text = value.decode("utf-8", "ignore")
    _shown(text)
    line = _line(msgspec.json.encode({"title": text}))
    assert orjson.loads(line) == {"title": text}
    assert envelope.header(text).isascii()
    assert envelope.header(text).decode().isprintable()


TARGETS = {
    target.name: target
    for target in (
        Target("decode", decoding, 0.28),
        Target("html", html, 0.2),
        Target("read", reading, 0.15),
        Target("analysis", analysis, 0.08, 2_048),
        Target("worker", whole, 0.04),
        Target("relate", relating, 0.05),
        Target("feedback", verdicts, 0.06),
        Target("registry", registry, 0.04, 2_048),
        Target("letters", letters, 0.03),
        Target("replay", replay, 0.04),
        Target("terminal", terminal, 0.03, 1_024),
    )
}


def _told(no: Rejection) -> None:
    """What a log line and a dead letter say of it cannot steer anything, and stays short."""
    assert no.message.isprintable(), no.message
    assert len(no.detail) < 1_000


def _shown(text: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in plain(text))
    assert all(c.isprintable() or c == "\n" for c in plain_text(text).plain)


def _line(data: bytes) -> str:
    line = json_line(data)
    assert not set(line) & _STEERING
    return line


# Controls of C0 and C1, DEL, and the marks that turn text round.
_STEERING = {
    chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), 0x200E, 0x200F)
}


def _fits(enriched: Enriched) -> None:
    texts = {"title": enriched.title, "body": enriched.body}
    for company in enriched.companies:
        assert company.mentions
        for mention in company.mentions:
            assert texts[mention.field][mention.start : mention.end] == mention.text
    ids = {company.id for company in enriched.companies}
    for event in enriched.events:
        evidence = event.evidence
        assert texts[evidence.field][evidence.start : evidence.end] == evidence.text
        assert {p.id for p in event.participants} <= ids
        assert 0 <= event.confidence <= 1


def _relate(key: bytes | None, value: bytes | None) -> None:
    parts = _pipeline()
    try:
        with _changes(parts):
            _sound(parts.relate_pair(_message("news.detections", value, key)))
    except Rejection as no:
        _told(no)


def _sound(outputs: Any) -> None:
    for output in cast("list[Output]", outputs):
        assert output.key is not None
        orjson.loads(output.value or b"")
        for name, data in output.headers:
            assert not name.startswith("ce_") or data.isascii()


def _message(topic: str, value: bytes | None, key: bytes | None = b"a") -> Any:
    return pipeline_parts.event(topic, key or b"", value)


def _changes(parts: Pipeline) -> Any:
    return parts._changes.collecting()


@cache
def _parts() -> Pipeline:
    return pipeline_parts.pipeline()[0]


def _pipeline() -> Pipeline:
    """A worker's steps; its tables are emptied now and then, as they only grow here."""
    parts = _parts()
    for table in (parts._articles, parts._pairs):
        if len(table) > LARGEST_TABLE:
            table.clear()
    return parts


@cache
def _registry() -> Registry:
    return load()
