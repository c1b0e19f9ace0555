"""`frenemy replay`."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from streams.articles.identity import utc
from streams.commands.console import err
from streams.commands.following import following, until_end
from streams.commands.options import Fault, Settings, all_settings, with_settings

POLL_SECONDS = 0.5
STOP_SECONDS = 60
COUNTED = (
    "articles.enriched",
    "articles.rejected",
    "events.competition",
    "events.partnership",
    "relations",
    "relations.shifts",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Which of the raw messages: those that came to the broker from `begin` and before `end` (ms)."""

    begin: int = 0
    end: int = 1 << 62


@dataclass(frozen=True, slots=True)
class Raw:
    """A message to be processed again, as it was."""

    key: bytes | None
    value: bytes
    timestamp_ms: int | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@click.command("replay")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--into", required=True, metavar="PREFIX", help="Prefix of the topics to fill.")
@click.option("--since", help="Of the raw topic: from this time on (RFC 3339).")
@click.option("--until", help="Of the raw topic: before this time (RFC 3339).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, help="Workers to run.")
@with_settings(*all_settings())
def command(
    file: BinaryIO | None,
    into: str,
    since: str | None,
    until: str | None,
    workers: int,
    settings: Settings,
) -> None:
    """Process articles with this version and these settings into topics of another prefix.

    Takes an archive (FILE or - : raw articles as JSON lines), or the raw topic of --prefix as far
    as it is kept. Verdicts of readers and changes of the registry are taken along. Ordinary workers
    do the work; the command ends when they are done, and `frenemy diff` then compares the two.

    \b
    Examples:
      frenemy replay --into trial --competition-threshold 0.5
      frenemy replay archive-2024.jsonl --into y2024 --workers 2
      frenemy diff news trial
    """
    if into == settings.prefix:
        raise Fault(f"--into {into} is the prefix of the run itself: choose another one.")
    chosen = Range(_milliseconds(since, "--since", 0), _milliseconds(until, "--until", 1 << 62))
    target = msgspec.structs.replace(settings, prefix=into)
    begin = time.monotonic()
    counts = asyncio.run(_replay(file, chosen, settings, target, workers))
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"{into}: {told}; {time.monotonic() - begin:.0f} seconds", err=True)


async def _replay(
    file: BinaryIO | None, chosen: Range, source: Settings, target: Settings, workers: int
) -> dict[str, int]:
    from streams.wire import topic_admin

    try:
        states = await topic_admin.create(target)
    except topic_admin.BrokerError as error:
        raise Fault(str(error)) from None
    faults = topic_admin.fatal(states)
    if faults:
        raise Fault("The topics are not as declared:\n" + "\n".join(faults))
    for name in ("companies", "feedback"):
        await _copy(_topic(name, source), target, name)
    articles = _topic("articles.raw", source, chosen) if file is None else _lines(file)
    count = await _copy(articles, target, "articles.raw")
    if count == 0:
        raise Fault(
            "There are no articles to replay: FILE is empty, or the raw topic of "
            f"{source.prefix} (--prefix) has none in this range."
        )
    err.print(f"{count} articles copied to {target.topic('articles.raw')}")
    await _process(target, workers)
    return await _counts(target)


async def _topic(name: str, settings: Settings, chosen: Range | None = None) -> AsyncIterator[Raw]:
    """The messages of a topic; none of one that is not there, unless it is the raw topic."""
    wanted = chosen or Range()
    try:
        async with following(settings, name, beginning=True) as consumer:
            async for message in until_end(consumer):
                if message.value is not None and wanted.begin <= message.timestamp < wanted.end:
                    yield Raw(message.key, message.value, message.timestamp, tuple(message.headers))
    except Fault:
        if chosen is not None:
            raise


async def _lines(file: BinaryIO) -> AsyncIterator[Raw]:
    from streams.articles.enrich import read
    from streams.articles.rejection import Rejection

    for line in file:
        value = line.strip()
        if value:
            try:
                key: bytes | None = read(value).id.encode()
            except Rejection:
                key = None
            yield Raw(key, value)


async def _copy(messages: AsyncIterator[Raw], target: Settings, name: str) -> int:
    from streams.wire.broker import producer as new_producer

    producer = new_producer(target)
    await producer.start()
    pending = []
    count = 0
    try:
        async for raw in messages:
            pending.append(
                await producer.send(
                    target.topic(name),
                    raw.value,
                    raw.key,
                    timestamp_ms=raw.timestamp_ms,
                    headers=list(raw.headers),
                )
            )
            count += 1
            if len(pending) >= 1_000:
                await asyncio.gather(*pending)
                pending.clear()
        await asyncio.gather(*pending)
    finally:
        await producer.stop()
    return count


async def _process(target: Settings, count: int) -> None:
    """Run workers until nothing is left.

    Raises:
        Fault: where one of them ends by itself.
    """
    from streams.wire.remaining import Remaining

    with tempfile.TemporaryDirectory(prefix="frenemy-replay-") as folder:
        logs = [Path(folder) / f"worker-{number}.log" for number in range(count)]
        running = [_worker(target, log) for log in logs]
        try:
            async with Remaining(target) as remaining:
                with err.status("") as status:
                    while (left := await remaining.messages()) > 0:
                        status.update(f"{left} messages left")
                        for worker, log in zip(running, logs, strict=True):
                            if worker.poll() is not None:
                                lines = log.read_text("utf-8", "replace").splitlines()[-5:]
                                raise Fault("A worker ended by itself:\n" + "\n".join(lines))
                        await asyncio.sleep(POLL_SECONDS)
        finally:
            for worker in running:
                worker.terminate()
            for worker in running:
                try:
                    worker.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    worker.kill()
                    worker.wait()


def _worker(target: Settings, log: Path) -> "subprocess.Popen[bytes]":
    settings = msgspec.structs.replace(
        target, metrics_port=_free_port(target.metrics_host), data_dir=str(log.with_suffix(""))
    )
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "streams", "worker"],
            stdout=file,
            stderr=file,
            env=_environment(settings),
        )


def _environment(settings: Settings) -> dict[str, str]:
    from streams.wire.settings import ENVIRONMENT_PREFIX, declared

    plain = {k: v for k, v in os.environ.items() if not k.startswith(ENVIRONMENT_PREFIX)}
    ours = {
        str(row["environment"]): str(getattr(settings, str(row["name"])))
        for row in declared()
        if getattr(settings, str(row["name"])) != row["default"]
    }
    return {**plain, **ours}


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


async def _counts(target: Settings) -> dict[str, int]:
    counts = dict.fromkeys(COUNTED, 0)
    async with following(target, *COUNTED, beginning=True) as consumer:
        async for message in until_end(consumer):
            counts[message.topic.removeprefix(f"{target.prefix}.")] += 1
    return counts


def _milliseconds(time: str | None, option: str, default: int) -> int:
    from streams.relations.state import milliseconds

    if time is None:
        return default
    try:
        return milliseconds(utc(time))
    except ValueError:
        raise Fault(f"{option} {time}: not a time, such as 2024-05-08T06:30:00Z.") from None
