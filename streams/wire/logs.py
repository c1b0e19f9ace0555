"""Log lines on standard error, for people or as JSON, with ids that lead back to the article.

No text of an article stands in them, and nothing that came from outside stands in them unescaped.
"""

import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
from typing_extensions import override

from streams.articles.identity import rfc3339
from streams.wire.settings import Settings

# Faust and aiokafka tell much that is of use to their developers alone.
QUIET = {
    "faust": logging.WARNING,
    "mode": logging.WARNING,
    "aiokafka": logging.ERROR,
    "kafka": logging.ERROR,
}
LONGEST_VALUE = 600


def ids(**values: str | int) -> dict[str, object]:
    """The `extra` of a log call: ids beside the message, such as article_id or offset."""
    return {"ids": values}


def frames(error: BaseException) -> str:
    """Where an error came from, without its text, which may quote an article."""
    found = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{f.name} ({f.filename}:{f.lineno})" for f in reversed(found))


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_ids(record),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        # What JSON cannot hold, such as half a surrogate pair, must not cost the line.
        line = orjson.dumps({k: _sound(v) for k, v in fields.items()}).decode()
        return escaped_in_json(line)


class ConsoleFormatter(logging.Formatter):
    """One line for a person; control characters are escaped, so nothing can steer a terminal."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname.lower():7} {record.name}: {record.getMessage()}"
        line = "".join([line, *(f" {name}={value}" for name, value in _ids(record).items())])
        line = escaped(line.replace("\n", "\\n"))
        if record.exc_info:
            line += "\n" + escaped(self.formatException(record.exc_info))
        return line


def escaped(text: str) -> str:
    """The text with unprintable characters as escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text
    )


def escaped_in_json(line: str) -> str:
    """A line of JSON in which what is not printable is escaped as JSON does: it says the same."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else "".join(_units(c)) for c in line)


def _units(character: str) -> Iterator[str]:
    """The character as JSON escapes: one, or two beyond the basic plane."""
    data = character.encode("utf-16-be", "surrogatepass")
    for at in range(0, len(data), 2):
        yield f"\\u{data[at : at + 2].hex()}"


def configure(settings: Settings) -> None:
    """Log to standard error as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else ConsoleFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in QUIET.items():
        # Below INFO they log requests with the messages in them.
        level = level if settings.log_level != "debug" else logging.INFO
        logging.getLogger(name).setLevel(level)


def _ids(record: logging.LogRecord) -> dict[str, str | int]:
    values: dict[str, str | int] = getattr(record, "ids", {})
    return {k: v if isinstance(v, int) else v[:LONGEST_VALUE] for k, v in values.items()}


def _sound(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _time(record: logging.LogRecord) -> str:
    return rfc3339(datetime.fromtimestamp(record.created, UTC))
