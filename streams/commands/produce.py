"""`frenemy produce`."""

import asyncio
import signal
import sys
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
import orjson

from streams.commands.console import err, json_line
from streams.commands.options import BROKER, Fault, Settings, with_settings

if TYPE_CHECKING:
    from streams.sources.inputs import Inputs
    from streams.sources.progress import Progress
    from streams.sources.records import Record

MOST_UNANSWERED = 1_000
SAVE_SECONDS = 1.0
KINDS = ("auto", "lines", "text", "page", "feed", "archive")


class Sender(Protocol):
    """Takes articles; the awaited result is their confirmation."""

    async def send(self, value: bytes, key: bytes | None) -> "asyncio.Future[Any]":
        """Send one article."""


@click.command("produce")
@click.argument("inputs", nargs=-1, metavar="[FILE|FOLDER|URL|-]...")
@click.option(
    "--as",
    "kind",
    type=click.Choice(KINDS),
    default="auto",
    help="What the inputs are, where names and first bytes do not tell.  [default: auto]",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.001),
    help="Articles a second; as fast as it goes if absent.",
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that keeps what was delivered, so that the next run goes on from there.",
)
@click.option(
    "--every",
    type=click.FloatRange(min=60),
    help="Ask the URLs again every so many seconds, until Ctrl-C.",
)
@click.option("--full-text", is_flag=True, help="Fetch the page of each feed entry for its text.")
@click.option("--source", "origin", help="Source of articles that name none.")
@click.option(
    "--contact", default="", help="Your address, told to the hosts that are fetched from."
)
@click.option("--dry-run", is_flag=True, help="Check the articles and send nothing.")
@click.option("--print", "to_stdout", is_flag=True, help="Write them as JSON lines, send nothing.")
@click.option("--anyway", is_flag=True, help="Send also what a worker would reject.")
@with_settings(*BROKER)
def command(
    inputs: tuple[str, ...],
    kind: str,
    rate: float | None,
    resume: Path | None,
    every: float | None,
    full_text: bool,
    origin: str | None,
    contact: str,
    dry_run: bool,
    to_stdout: bool,
    anyway: bool,
    settings: Settings,
) -> None:
    """Publish articles to the raw topic, keyed by article id, delivery confirmed.

    Reads JSON lines, text and HTML files, RSS and Atom feeds and WARC archives, plain or compressed
    (gzip, bzip2, xz); folders with all that is in them; feeds, pages and archives from the web.
    What cannot be read, or would be rejected by a worker, is told on standard error as JSON lines
    and does not stop the rest; the exit code is then 1.

    \b
    Examples:
      frenemy produce articles.jsonl
      cat articles.jsonl | frenemy produce --rate 50 -
      frenemy produce --resume crawl.db CC-NEWS-20240508.warc.gz
      frenemy produce --resume feeds.db --every 600 https://example.org/feed.xml
      frenemy produce --print texts/ | frenemy analyze -
    """
    from streams.sources.inputs import Inputs
    from streams.sources.opening import Kind
    from streams.sources.progress import Progress, ProgressError

    try:
        progress = Progress(None if dry_run or to_stdout else resume)
    except ProgressError as error:
        raise Fault(f"{error} Give --resume another file.") from None
    with progress:
        what = Inputs(
            inputs or ("-",),
            sys.stdin.buffer,
            progress,
            kind=None if kind == "auto" else Kind(kind),
            full_text=full_text,
            contact=contact,
            every=every,
        )
        run = Run(progress, rate, origin, anyway)
        begin = time.monotonic()
        asyncio.run(_produce(what, run, settings, dry_run, to_stdout))
    verb = "printed" if to_stdout else "would be sent" if dry_run else "sent"
    count = run.count
    rest = f", {what.known} known already" if what.known else ""
    click.echo(
        f"{count['sent']} articles {verb}, {count['refused']} refused, "
        f"{count['unreadable']} not readable{rest}; {time.monotonic() - begin:.1f} seconds",
        err=True,
    )
    sys.exit(1 if count["refused"] or count["unreadable"] else 0)


class Run:
    """One run: what was sent, in the order of reading, and how far it is confirmed."""

    def __init__(
        self,
        progress: "Progress",
        rate: float | None = None,
        origin: str | None = None,
        anyway: bool = False,
        tell: Callable[[str], None] = lambda line: click.echo(line, err=True),
    ) -> None:
        self.count: Counter[str] = Counter()
        self._progress = progress
        self._rate = rate
        self._origin = origin
        self._anyway = anyway
        self._tell = tell
        self._open: deque[tuple[asyncio.Future[Any] | None, Record]] = deque()
        self._saved_at = 0.0

    async def send_all(self, inputs: "Inputs", sender: Sender, show: Callable[[int], None]) -> None:
        """Send all records of the inputs and wait for their confirmation.

        Whatever ends it, the progress then tells what was confirmed, and nothing else.
        """
        begin = asyncio.get_running_loop().time()
        try:
            async for record in inputs.records():
                await self._take(record, sender, begin)
                show(self.count["sent"])
                await self._confirm(MOST_UNANSWERED)
            await self._confirm(0)
        finally:
            self._progress.save()

    async def _take(self, record: "Record", sender: Sender, begin: float) -> None:
        from streams.articles.enrich import read
        from streams.articles.rejection import Rejection
        from streams.sources.records import Item, Unreadable

        future: asyncio.Future[Any] | None = None
        if isinstance(record, Unreadable):
            self.count["unreadable"] += 1
            self._list(record.where, record.trouble, record.message)
        elif isinstance(record, Item):
            value = self._named(record.value)
            key: bytes | None = None
            try:
                key = read(value).id.encode()
            except Rejection as rejection:
                self._list(record.where, rejection.reason, rejection.message)
                self.count["refused"] += not self._anyway
            if key is not None or self._anyway:
                await self._pace(begin)
                future = await sender.send(value, key)
                self.count["sent"] += 1
        self._open.append((future, record))

    async def _pace(self, begin: float) -> None:
        """Wait for the rate; where there is none, let what is sent go out."""
        seconds = 0.0
        if self._rate is not None:
            due = begin + self.count["sent"] / self._rate
            seconds = max(0.0, due - asyncio.get_running_loop().time())
        await asyncio.sleep(seconds)

    async def _confirm(self, most: int) -> None:
        """Note what is confirmed, in order; wait where more than `most` are not."""
        now = time.monotonic()
        while self._open:
            future, record = self._open[0]
            if future is not None:
                if not future.done() and len(self._open) <= most:
                    break
                await future
            self._progress.reached(record)
            self._open.popleft()
        if now - self._saved_at > SAVE_SECONDS:
            self._progress.save()
            self._saved_at = now

    def _named(self, value: bytes) -> bytes:
        if self._origin is None:
            return value
        try:
            fields = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
        if not isinstance(fields, dict) or fields.get("source"):
            return value
        return orjson.dumps({**fields, "source": self._origin})

    def _list(self, where: str, reason: str, message: str) -> None:
        told = {"where": where, "reason": reason, "message": message}
        self._tell(json_line(told))


class _Nobody:
    """Sends nothing; prints it where it is asked to."""

    def __init__(self, to_stdout: bool) -> None:
        self._to_stdout = to_stdout

    async def send(self, value: bytes, key: bytes | None) -> "asyncio.Future[Any]":
        if self._to_stdout:
            sys.stdout.buffer.write(_line(value).encode() + b"\n")
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


def _line(value: bytes) -> str:
    """An article as a line that says the same and steers no terminal; what is no JSON stays none."""
    text = value.decode("utf-8", "backslashreplace")
    # Within strings JSON has no such characters; between them they are as good as spaces.
    return json_line(text.translate(dict.fromkeys(b"\t\n\r", " ")).encode())


class _ToKafka:
    """Sends to the raw topic."""

    def __init__(self, producer: Any, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def send(self, value: bytes, key: bytes | None) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = await self._producer.send(self._topic, value, key)
        return future


async def _produce(
    inputs: "Inputs", run: Run, settings: Settings, dry_run: bool, to_stdout: bool
) -> None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with Progress(*columns, TimeElapsedColumn(), console=err, transient=True) as bar:
        line = bar.add_task("articles", total=None)

        def show(sent: int) -> None:
            bar.update(line, completed=sent)

        with suppress(asyncio.CancelledError):
            if dry_run or to_stdout:
                await run.send_all(inputs, _Nobody(to_stdout), show)
            else:
                await _to_kafka(inputs, run, settings, show)


async def _to_kafka(
    inputs: "Inputs", run: Run, settings: Settings, show: Callable[[int], None]
) -> None:
    from aiokafka.errors import KafkaError

    from streams.wire.broker import producer as new_producer
    from streams.wire.broker import unreachable

    producer = new_producer(settings)
    topic = settings.topic("articles.raw")
    try:
        await producer.start()
    except (KafkaError, OSError) as error:
        await producer.stop()
        raise Fault(unreachable(settings, error)) from None
    try:
        await run.send_all(inputs, _ToKafka(producer, topic), show)
    except KafkaError as error:
        raise Fault(
            f"The broker did not take the articles into {topic} ({type(error).__name__}). "
            "`frenemy topics check` says whether the topic is there."
        ) from None
    finally:
        await producer.stop()
