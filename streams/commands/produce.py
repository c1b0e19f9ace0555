"""`frenemy produce`."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import click
import orjson
from aiokafka.errors import KafkaError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from streams.articles.enrich import read
from streams.articles.rejection import Rejection
from streams.commands.console import err
from streams.commands.options import BROKER, Fault, Settings, with_settings

MOST_UNANSWERED = 1_000


@click.command("produce")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--rate",
    type=click.FloatRange(min=0.001),
    help="Articles a second; as fast as it goes if absent.",
)
@click.option("--dry-run", is_flag=True, help="Check the articles and send nothing.")
@click.option("--anyway", is_flag=True, help="Send also what a worker would reject.")
@with_settings(*BROKER)
def command(
    file: BinaryIO, rate: float | None, dry_run: bool, anyway: bool, settings: Settings
) -> None:
    """Publish articles to the raw topic: JSON lines, keyed by article id, delivery confirmed.

    A line that a worker would reject is told on standard error and not sent; the exit code is then 1.

    \b
    Examples:
      frenemy produce articles.jsonl
      cat articles.jsonl | frenemy produce --rate 50 -
    """
    result = asyncio.run(_produce(file, rate, dry_run, anyway, settings))
    verb = "would be sent" if dry_run else "sent"
    click.echo(f"{result['sent']} articles {verb}, {result['bad']} refused", err=True)
    sys.exit(1 if result["bad"] else 0)


async def _produce(
    file: BinaryIO, rate: float | None, dry_run: bool, anyway: bool, settings: Settings
) -> dict[str, int]:
    from streams.wire.broker import producer as new_producer

    producer = None
    if not dry_run:
        producer = new_producer(settings)
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await producer.stop()
            raise Fault(
                f"No Kafka broker answers at {settings.broker} ({type(error).__name__}). Start one, or say "
                "where it is with --broker or FRENEMY_BROKER."
            ) from None
    topic = settings.topic("articles.raw")
    result = {"sent": 0, "bad": 0}
    pending: set[asyncio.Future[Any]] = set()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("articles", total=None)
            begin = asyncio.get_running_loop().time()
            for number, value, key in _articles(file, result, anyway):
                if rate is not None:
                    due = begin + number / rate
                    await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                if producer is not None:
                    pending.add(await producer.send(topic, value, key))
                    if len(pending) >= MOST_UNANSWERED:
                        await _confirm(pending)
                result["sent"] += 1
                progress.update(task, completed=result["sent"])
            await _confirm(pending)
    except KafkaError as error:
        raise Fault(
            f"The broker did not take the articles into {topic} ({type(error).__name__}). "
            "`frenemy topics check` says whether the topic is there."
        ) from None
    finally:
        if producer is not None:
            await producer.stop()
    return result


def _articles(
    file: BinaryIO, result: dict[str, int], anyway: bool
) -> Iterator[tuple[int, bytes, bytes | None]]:
    sent = 0
    for number, line in enumerate(file, 1):
        value = line.strip()
        if not value:
            continue
        key: bytes | None = None
        try:
            key = read(value).id.encode()
        except Rejection as rejection:
            result["bad"] += not anyway
            told = {"line": number, "reason": rejection.reason, "message": rejection.message}
            click.echo(orjson.dumps(told).decode(), err=True)
            if not anyway:
                continue
        yield sent, value, key
        sent += 1


async def _confirm(pending: "set[asyncio.Future[Any]]") -> None:
    for future in pending:
        await future
    pending.clear()
