"""Dead letters, from the topic or from an export, and which of them are chosen."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import click
from aiokafka import AIOKafkaConsumer

from streams.articles.blame import source_of
from streams.articles.identity import utc
from streams.articles.rejection import Reason
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.messages import Rejected
from streams.relations.state import milliseconds
from streams.wire import dead_letters
from streams.wire.envelope import Headers

TOPIC = "articles.rejected"
EXPORTED = "rejected.jsonl"
# How far the clocks of workers and brokers may be apart.
SLACK_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter with its original message."""

    record: Rejected
    key: bytes | None
    value: bytes | None
    headers: Headers

    @classmethod
    def of(cls, record: Rejected) -> "Letter":
        """The letter of a record whose base64 was checked."""
        return cls(record, *dead_letters.original(record))

    @property
    def place(self) -> str:
        """Topic, partition and offset of the message: the name of the letter."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def replays(self) -> int:
        """How often the message was sent again before."""
        return dead_letters.replays(self.headers)

    @property
    def source(self) -> str:
        """The source that the article names, else the host of its URL, else nothing."""
        source, url = source_of(self.value)
        return source.strip() or _host(url)

    def message_digest(self) -> bytes:
        """The same for the same message, wherever it lay: its key and value."""
        return _digest(self.key, self.value)

    def digest(self) -> bytes:
        """The same for a letter that was delivered twice: place and value."""
        return _digest(self.place.encode("utf-8", "surrogatepass"), self.value)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are wanted. Times are milliseconds since 1970; an empty tuple lets all pass."""

    reasons: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is wanted."""
        record = letter.record
        if self.reasons and record.reason not in self.reasons:
            return False
        if self.topics and not any(
            record.topic == topic or record.topic.endswith("." + topic) for topic in self.topics
        ):
            return False
        return self._in_time(record.rejected_at) and self._of_source(letter)

    def _in_time(self, rejected_at: str) -> bool:
        if self.since is None and self.until is None:
            return True
        try:
            at = milliseconds(rejected_at)
        except ValueError:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def _of_source(self, letter: Letter) -> bool:
        if not self.sources:
            return True
        source, url = source_of(letter.value)
        named = {source.strip().casefold(), _host(url)}
        return any(wanted.casefold() in named for wanted in self.sources)


class Letters:
    """The chosen letters, each once; can be read more than once. `unreadable` counts what is no letter."""

    def __init__(self, settings: Settings, choice: Choice, origin: Path | None) -> None:
        self.settings = settings
        self.choice = choice
        self.unreadable = 0
        self._origin = origin

    async def chosen(self) -> AsyncIterator[Letter]:
        """The letters that are wanted, those that were delivered twice once."""
        known: set[bytes] = set()
        async for letter in self.all():
            if self.choice.takes(letter):
                digest = letter.digest()
                if digest not in known:
                    known.add(digest)
                    yield letter

    async def all(self) -> AsyncIterator[Letter]:
        """All letters, wanted or not, as they come; of the topic only those after `since`.

        Raises:
            Fault: where the broker, the topic or the file is not there.
        """
        self.unreadable = 0
        async for data in self._lines() if self._origin else self._messages():
            try:
                yield Letter.of(dead_letters.decode(data))
            except ValueError:
                self.unreadable += 1

    async def _messages(self) -> AsyncIterator[bytes]:
        async with following(self.settings, TOPIC, beginning=True) as consumer:
            if self.choice.since is not None:
                await _seek(consumer, max(0, self.choice.since - SLACK_MS))
            async for message in until_end(consumer):
                yield message.value or b""

    async def _lines(self) -> AsyncIterator[bytes]:
        assert self._origin is not None  # noqa: S101 - for the type checker
        path = self._origin / EXPORTED if self._origin.is_dir() else self._origin
        try:
            file: BinaryIO = path.open("rb")
        except OSError as error:
            raise Fault(f"--from {path}: it cannot be read ({error.strerror}).") from None
        with file:
            for line in file:
                if line.strip():
                    yield line.strip()

    async def find(self, name: str) -> Letter:
        """The letter of this place; the latest, where the place was rejected more than once.

        Raises:
            Fault: where there is none, or more than one place that is called so.
        """
        found: Letter | None = None
        async for letter in self.all():
            if letter.place == name or letter.place.rsplit("/", 2)[1:] == name.split("/"):
                if found is not None and found.place != letter.place:
                    raise Fault(
                        f"{name} is the place of several messages: give the topic too, as `frenemy rejected "
                        "list` shows it."
                    )
                found = letter
        if found is None:
            raise Fault(f"No message was rejected at {name}: `frenemy rejected list` shows places.")
        return found


def choosing(filters: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that choose letters, and call it with `letters`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(settings: Settings, origin: str | None, **parameters: Any) -> None:
            choice = Choice()
            if filters:
                choice = Choice(
                    reasons=parameters.pop("reasons"),
                    since=_time(parameters.pop("since"), "--since"),
                    until=_time(parameters.pop("until"), "--until"),
                    sources=parameters.pop("sources"),
                    topics=parameters.pop("topics"),
                )
            with _origin(origin) as path:
                command(letters=Letters(settings, choice, path), **parameters)

        decorated: Callable[..., None] = with_settings(*BROKER)(run)
        decorated = click.option(
            "--from",
            "origin",
            metavar="FILE|FOLDER|-",
            help="Take the dead letters of an export (or of `frenemy analyze`) instead of the topic.",
        )(decorated)
        for option in reversed(_FILTERS if filters else ()):
            decorated = option(decorated)
        return decorated

    return decorate


_FILTERS = (
    click.option(
        "--reason",
        "reasons",
        multiple=True,
        type=click.Choice([reason.value for reason in Reason]),
        help="Only this reason; may be repeated.",
    ),
    click.option("--since", help="Only those rejected at or after this time (RFC 3339)."),
    click.option("--until", help="Only those rejected before this time (RFC 3339)."),
    click.option(
        "--source",
        "sources",
        multiple=True,
        help="Only articles of this source, or of this host of their URL; may be repeated.",
    ),
    click.option(
        "--topic",
        "topics",
        multiple=True,
        help="Only messages of this topic, with or without the prefix; may be repeated.",
    ),
)


@contextmanager
def _origin(name: str | None) -> Iterator[Path | None]:
    """Where letters are read from; standard input is kept in a file, as it is read twice."""
    if name != "-":
        yield None if name is None else Path(name)
        return
    with tempfile.TemporaryDirectory(prefix="frenemy-rejected-") as folder:
        path = Path(folder) / EXPORTED
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


async def _seek(consumer: AIOKafkaConsumer, timestamp_ms: int) -> None:
    partitions = list(consumer.assignment())
    for partition, at in (
        await consumer.offsets_for_times(dict.fromkeys(partitions, timestamp_ms))
    ).items():
        if at is None:
            await consumer.seek_to_end(partition)
        else:
            consumer.seek(partition, at.offset)


def _time(text: str | None, option: str) -> int | None:
    if text is None:
        return None
    try:
        return milliseconds(utc(text))
    except ValueError:
        raise Fault(f"{option} {text}: not a time, such as 2024-05-08T06:30:00Z.") from None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def _digest(*parts: bytes | None) -> bytes:
    state = hashlib.blake2b(digest_size=12)
    for part in parts:
        state.update(b"-" if part is None else len(part).to_bytes(8, "big") + part)
    return state.digest()
