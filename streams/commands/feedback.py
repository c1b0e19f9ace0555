"""`frenemy feedback`."""

import asyncio
import getpass
from collections.abc import Iterable
from typing import Any, get_args

import click
import msgspec
from rich.table import Table

from streams.commands.console import json_line, out, plain
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.messages import Enriched, Event, EventType, Feedback, Status

EVENTS = ("events.competition", "events.partnership")


@click.group("feedback")
def command() -> None:
    """Say whether an event is right, list what was said, export it for training."""


@command.command("give")
@click.argument("event_id")
@click.argument("verdict", type=click.Choice(["right", "wrong"]))
@click.option("--type", "kind", type=click.Choice(get_args(EventType)), help="The right type.")
@click.option("--status", type=click.Choice(get_args(Status)), help="The right status.")
@click.option("--note", help="Why, in your words.")
@click.option("--who", help="Who says so.  [default: the user's name]")
@click.option("--pair", help="Pair of the event, if it is not on the event topics any more.")
@with_settings(*BROKER)
def give(
    event_id: str,
    verdict: str,
    kind: str | None,
    status: str | None,
    note: str | None,
    who: str | None,
    pair: str | None,
    settings: Settings,
) -> None:
    """Say of an event that it is right or wrong, or what it should have said.

    A wrong event is taken back, and stays so when the article is processed again; a right one
    becomes certain. With --type or --status the event is taken back and published anew as it should
    have been.

    \b
    Examples:
      frenemy feedback give 4be1c0d2a9f04b7c8d1e2f3a4b5c6d7e wrong --note "they are one company"
      frenemy feedback give 4be1c0d2a9f04b7c8d1e2f3a4b5c6d7e wrong --type partnership
    """
    from streams.relations.verdicts import checked
    from streams.wire.clock import now

    values = {
        "event_id": event_id,
        "pair": pair or asyncio.run(_pair_of(settings, event_id)),
        "verdict": verdict,
        "type": kind,
        "status": status,
        "note": note,
        "who": who or getpass.getuser(),
        "given_at": now(),
    }
    try:
        said = checked(msgspec.convert(values, Feedback))
    except ValueError as error:
        raise Fault(f"{error}.") from None
    asyncio.run(_publish(settings, said))
    click.echo(f"{said.pair}: {event_id} is {verdict}", err=True)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@with_settings(*BROKER)
def list_(as_json: bool, settings: Settings) -> None:
    """List all verdicts, the latest last, with what became of their events.

    \b
    Example:
      frenemy feedback list --json | jq -r 'select(.verdict == "wrong") | .note'
    """
    said, events, _ = asyncio.run(_read(settings, articles=False))
    if as_json:
        for verdict in said:
            click.echo(json_line(verdict))
        return
    if not said:
        out.print("Nobody has said anything of an event.")
        return
    table = Table("given at", "who", "event", "verdict", "effect", "note", box=None)
    for verdict in said:
        correction = "/".join(filter(None, (verdict.type, verdict.status)))
        table.add_row(
            verdict.given_at or "",
            plain(verdict.who or ""),
            f"{plain(verdict.pair)} {plain(verdict.event_id)}",
            f"{verdict.verdict} {correction}".strip(),
            _effect(events.get(verdict.event_id)),
            plain(verdict.note or ""),
        )
    out.print(table)


@command.command("export")
@with_settings(*BROKER)
def export(settings: Settings) -> None:
    """Write the articles of judged events, corrected, as the training and the scorer read them.

    One JSON line an article. Each event says in `verdict` whether a reader judged it; events called
    wrong are left out of `events` and stand in `refuted_events`.

    \b
    Example:
      frenemy feedback export > judged.jsonl
    """
    from streams.relations.export import records

    said, events, articles = asyncio.run(_read(settings, articles=True))
    for record in records(said, events.values(), articles):
        click.echo(json_line(record))


async def _pair_of(settings: Settings, event_id: str) -> str:
    async with following(settings, *EVENTS, beginning=True) as consumer:
        async for message in until_end(consumer):
            if event_id.encode() in message.value:
                event = msgspec.json.decode(message.value, type=Event)
                if event.event_id == event_id:
                    return event.pair
    raise Fault(
        f"There is no event {event_id} on the topics of {settings.prefix} (--prefix). "
        "If it is older than they are kept, give its --pair."
    )


async def _publish(settings: Settings, said: Feedback) -> None:
    from streams.wire.broker import producer as new_producer

    producer = new_producer(settings)
    await producer.start()
    try:
        await producer.send_and_wait(
            settings.topic("feedback"), msgspec.json.encode(said), said.event_id.encode()
        )
    finally:
        await producer.stop()


async def _read(
    settings: Settings, articles: bool
) -> tuple[list[Feedback], dict[str, Event], list[Enriched]]:
    """Verdicts by time, the last word on each event, and articles in the order they were enriched."""
    said: list[Feedback] = []
    events: dict[str, Event] = {}
    enriched: list[Enriched] = []
    names = ("feedback", *EVENTS, *(("articles.enriched",) if articles else ()))
    async with following(settings, *names, beginning=True) as consumer:
        async for message in until_end(consumer):
            name = message.topic.removeprefix(f"{settings.prefix}.")
            if name == "feedback":
                said.extend(_verdict(message))
            elif name in EVENTS:
                event = msgspec.json.decode(message.value, type=Event)
                events[event.event_id] = event
            else:
                enriched.append(msgspec.json.decode(message.value, type=Enriched))
    return sorted(said, key=lambda v: v.given_at or ""), events, enriched


def _verdict(message: Any) -> Iterable[Feedback]:
    """The verdict of a message; none of one that workers reject."""
    from streams.relations.verdicts import checked
    from streams.wire.clock import rfc3339_ms

    try:
        said = checked(msgspec.json.decode(message.value or b"", type=Feedback))
    except ValueError:
        return
    if said.given_at is None:
        said = msgspec.structs.replace(said, given_at=rfc3339_ms(max(0, message.timestamp)))
    yield said


def _effect(event: Event | None) -> str:
    if event is None:
        return "[dim]event not seen[/]"
    if event.retracted:
        return "taken back"
    return "certain" if event.confidence == 1.0 else "[dim]none yet[/]"
