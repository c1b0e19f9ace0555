"""`frenemy demo`."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import click
import msgspec
import orjson
from aiokafka import AIOKafkaConsumer
from rich.table import Table
from rich.text import Text

from streams.commands.console import STANCE_STYLES, err, out, plain_text
from streams.commands.explain import marked
from streams.commands.options import Fault
from streams.commands.watch import show_event, show_shift
from streams.messages import Enriched, Event, Rejected, Relation, Shift
from streams.samples import ARTICLES
from streams.wire import settings as declaration
from streams.wire.embedded import PARTITIONS, EmbeddedBroker, EmbeddedBrokerMissing
from streams.wire.settings import Settings, SettingsError

TOPICS: dict[str, Any] = {
    "articles.enriched": Enriched,
    "articles.rejected": Rejected,
    "events.competition": Event,
    "events.partnership": Event,
    "relations": Relation,
    "relations.shifts": Shift,
}
SHOWN_CHARACTERS = 420
READY_SECONDS = 60
ARTICLE_SECONDS = 20
QUIET_SECONDS = 0.15
FETCH_WAIT_MS = 30


@dataclass(slots=True)
class Seen:
    """What came out so far."""

    enriched: int = 0
    rejected: int = 0
    companies: set[str] = field(default_factory=set)
    events: dict[str, Event] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)
    shifts: int = 0


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the samples, with a summary.")
@click.option(
    "--articles",
    type=click.Path(exists=True, dir_okay=False),
    default=str(ARTICLES),
    help="Articles of your own, as JSON lines.",
)
@click.option(
    "--pause",
    type=click.FloatRange(min=0),
    help="Seconds between articles.  [default: 1.5, with --once 0]",
)
def command(once: bool, articles: str, pause: float | None) -> None:
    """Run the whole system in this terminal: embedded broker, topics, worker, sample news.

    Needs neither Java nor Docker nor a broker. Everything is forgotten at the end.

    \b
    Examples:
      frenemy demo
      frenemy demo --once
    """
    try:
        settings = declaration.load()
        with (
            EmbeddedBroker() as broker,
            tempfile.TemporaryDirectory(prefix="frenemy-demo-") as folder,
        ):
            settings = msgspec.structs.replace(
                settings,
                broker=broker.address,
                partitions=PARTITIONS,
                session_seconds=6.0,
                commit_seconds=1.0,
                shutdown_seconds=10.0,
                log_level="warning",
                data_dir=folder,
                security_protocol="PLAINTEXT",
                metrics_port=_port(settings),
            )
            with err.status(
                "Starting an embedded broker, creating the topics, loading registry and models"
            ):
                broker.create_topics(settings)
            asyncio.run(
                _demo(settings, articles, once, pause if pause is not None else 0 if once else 1.5)
            )
    except (EmbeddedBrokerMissing, SettingsError) as error:
        raise Fault(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(130)


async def _demo(settings: Settings, articles: str, once: bool, pause: float) -> None:
    from streams.wire import analyst
    from streams.wire.app import build
    from streams.wire.broker import producer as new_producer
    from streams.wire.broker import reader
    from streams.wire.logs import configure

    configure(settings)
    app = build(settings, analyst.load(settings))
    # The mock cluster does not end a waiting fetch when a message arrives.
    app.fetch_wait_ms = FETCH_WAIT_MS
    consumer = reader(
        settings, *(settings.topic(name) for name in TOPICS), fetch_max_wait_ms=FETCH_WAIT_MS
    )
    producer = new_producer(settings)
    seen = Seen()
    try:
        with err.status("Starting the worker"):
            await asyncio.wait_for(app.start(), timeout=READY_SECONDS)
            await producer.start()
            await consumer.start()
            async with asyncio.timeout(READY_SECONDS):
                while not app.ready().ok:  # noqa: ASYNC110 - readiness is asked, not announced
                    await asyncio.sleep(0.05)
        _addresses(settings)
        for line in _lines(articles):
            await producer.send_and_wait(settings.topic("articles.raw"), line, _key(line))
            await _show_article(consumer, settings, seen)
            await asyncio.sleep(pause)
        _summary(seen)
        if not once:
            await _until_interrupted(consumer, settings, seen)
    finally:
        with err.status("Stopping"):
            await consumer.stop()
            await producer.stop()
            await app.stop()


async def _show_article(consumer: AIOKafkaConsumer, settings: Settings, seen: Seen) -> None:
    """Show all that comes of one article: until its events are there and the topics are quiet."""
    due: set[str] | None = None
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ARTICLE_SECONDS
    while loop.time() < deadline:
        batch = await consumer.getmany(timeout_ms=int(QUIET_SECONDS * 1_000))
        if not batch and due is not None and due <= seen.events.keys():
            return
        for message in sorted((m for ms in batch.values() for m in ms), key=lambda m: m.timestamp):
            found = _decode(message, settings)
            if isinstance(found, Enriched):
                due = {event.event_id for event in found.events}
            elif isinstance(found, Rejected):
                due = set()
            _show(found, seen)
    err.print("[yellow]An article took longer than expected; going on.[/]")


def _decode(message: Any, settings: Settings) -> object:
    kind = TOPICS[message.topic.removeprefix(settings.prefix + ".")]
    return msgspec.json.decode(message.value or b"", type=kind)


def _show(found: object, seen: Seen) -> None:
    if isinstance(found, Enriched):
        seen.enriched += 1
        seen.companies.update(company.id for company in found.companies)
        _show_enriched(found)
    elif isinstance(found, Rejected):
        seen.rejected += 1
        out.print(Text("✗ rejected: ", style="bold red") + plain_text(found.message))
    elif isinstance(found, Event):
        seen.events[found.event_id] = found
        show_event(found)
    elif isinstance(found, Relation):
        seen.relations[found.pair] = found
    elif isinstance(found, Shift):
        seen.shifts += 1
        show_shift(found)


def _show_enriched(article: Enriched) -> None:
    out.print()
    out.rule(style="dim")
    heading = plain_text(
        f"{article.source or 'unknown source'} · {article.published_at or ''} · {article.lang}"
    )
    heading.stylize("dim")
    out.print(heading)
    out.print(marked(article.title, "title", article.companies))
    body = marked(article.body, "body", article.companies)
    if len(body) > SHOWN_CHARACTERS:
        body = body[:SHOWN_CHARACTERS] + Text(" …")
    out.print(body)
    if not article.companies:
        out.print(Text("no company", style="dim"))


def _addresses(settings: Settings) -> None:
    out.print(f"broker   {settings.broker}")
    out.print(
        f"topics   {settings.prefix}.articles.raw → {settings.prefix}.events.competition, "
        f"{settings.prefix}.events.partnership, {settings.prefix}.relations, {settings.prefix}.relations.shifts"
    )
    out.print(f"metrics  http://{settings.metrics_host}:{settings.metrics_port}/metrics")


def _summary(seen: Seen) -> None:
    out.print()
    out.rule("Summary")
    kinds = Counter(event.type for event in seen.events.values())
    out.print(
        f"{seen.enriched} articles enriched, {seen.rejected} rejected; {len(seen.companies)} companies; "
        f"{kinds['competition']} competition and {kinds['partnership']} partnership events; "
        f"{seen.shifts} changes of stance"
    )
    table = Table(
        "pair",
        "stance",
        "competition",
        "partnership",
        "events",
        "sources",
        box=None,
        header_style="bold",
    )
    order = {"frenemies": 0, "rivals": 1, "allies": 2, "none": 3}
    for relation in sorted(seen.relations.values(), key=lambda r: (order[r.stance], r.pair)):
        table.add_row(
            relation.pair,
            Text(relation.stance, style=STANCE_STYLES[relation.stance]),
            f"{relation.competition:.2f}",
            f"{relation.partnership:.2f}",
            str(relation.counts.competition + relation.counts.partnership),
            str(relation.counts.sources),
        )
    out.print(table)


async def _until_interrupted(consumer: AIOKafkaConsumer, settings: Settings, seen: Seen) -> None:
    out.print()
    out.print("The system goes on until Ctrl-C. In another terminal:")
    out.print(f"  frenemy produce --broker {settings.broker} your-articles.jsonl")
    out.print(f"  frenemy watch --broker {settings.broker}")
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async for message in consumer:
            _show(_decode(message, settings), seen)


def _lines(path: str) -> list[bytes]:
    with open(path, "rb") as file:  # noqa: PTH123 - a path that click checked
        return [line.strip() for line in file if line.strip()]


def _key(line: bytes) -> bytes | None:
    try:
        return str(orjson.loads(line)["id"]).encode()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None


def _port(settings: Settings) -> int:
    """The metrics port of the settings, or a free one where it is taken."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.metrics_host, settings.metrics_port))
        except OSError:
            probe.bind((settings.metrics_host, 0))
        port: int = probe.getsockname()[1]
    return port
