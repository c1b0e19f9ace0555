"""Log lines carry ids, never text of an article, and nothing in them steers a terminal."""

import json
import logging
import sys

import orjson
import pytest

from streams.wire import logs
from streams.wire.logs import ConsoleFormatter, JsonFormatter, frames, ids
from streams.wire.settings import load

TEXT = "Zyxwv acquires the moon"


def record(message: str, *args: object, **values: str | int) -> logging.LogRecord:
    made = logging.getLogger("streams.test").makeRecord(
        "streams.test", logging.INFO, "f", 1, message, args, None, extra=ids(**values)
    )
    made.created = 1_715_149_800.0
    return made


def test_json_lines_hold_ids_as_fields() -> None:
    line = JsonFormatter().format(record("shift to %s", "rivals", pair="a~b", offset=7))
    assert json.loads(line) == {
        "time": "2024-05-08T06:30:00Z",
        "level": "info",
        "logger": "streams.test",
        "message": "shift to rivals",
        "pair": "a~b",
        "offset": 7,
    }


def test_console_lines_hold_ids_behind_the_message() -> None:
    line = ConsoleFormatter().format(record("rejected", topic="news.raw", offset=7))
    assert line == "2024-05-08T06:30:00Z info    streams.test: rejected topic=news.raw offset=7"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "a\nb", "\u202e", "\x00", "\ud800"])
def test_ids_from_outside_cannot_steer_a_terminal_or_break_a_line(hostile: str) -> None:
    console = ConsoleFormatter().format(record("x", article_id=hostile))
    assert console.isprintable()
    assert "\n" not in console
    line = JsonFormatter().format(record("x", article_id=hostile))
    assert "\n" not in line
    assert "article_id" in orjson.loads(line)


def test_ids_are_cut() -> None:
    fields = orjson.loads(JsonFormatter().format(record("x", article_id="a" * 10_000)))
    assert len(fields["article_id"]) == logs.LONGEST_VALUE


def test_where_an_error_came_from_without_its_text() -> None:
    def inner() -> None:
        raise ValueError(TEXT)

    with pytest.raises(ValueError, match="moon") as raised:
        inner()
    told = frames(raised.value)
    assert told.startswith("inner (")
    assert TEXT not in told


def test_libraries_that_log_messages_stay_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    level = root.level
    try:
        for chosen in ("info", "debug"):
            logs.configure(load({}, {"log_level": chosen, "log_format": "json"}))
            assert isinstance(root.handlers[0].formatter, JsonFormatter)
            for name in logs.QUIET:
                assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
        assert root.handlers[0].stream is sys.stderr  # type: ignore[attr-defined] # a StreamHandler
    finally:
        root.setLevel(level)
        for name in logs.QUIET:
            logging.getLogger(name).setLevel(logging.NOTSET)
