"""`frenemy diff`."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from streams.commands.console import STANCE_STYLES, TYPE_STYLES, json_line, out, plain, plain_text
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.messages import Enriched, Event, Relation, Undecodable, decoded

if TYPE_CHECKING:
    from streams.relations.difference import Books, Difference

EVENTS = ("events.competition", "events.partnership")


@click.command("diff")
@click.argument("before")
@click.argument("after")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, help="Show at most so many of each kind."
)
@click.option(
    "--confidence",
    type=click.FloatRange(min=0, max=1),
    default=0.0,
    help="Differences of confidence up to this are none.",
)
@with_settings(*BROKER, "half_life_days", "memory_days", "pair_articles")
def command(
    before: str, after: str, as_json: bool, limit: int, confidence: float, settings: Settings
) -> None:
    """Say what differs between two runs: events gained, lost and changed, relations that differ.

    A run is a file of enriched articles (JSON lines, as `frenemy analyze` writes them) or the prefix of
    topics on the broker (as `frenemy replay` fills them). Exit code 1 where they differ.

    \b
    Examples:
      frenemy diff old.jsonl new.jsonl
      frenemy replay --into trial --competition-threshold 0.5 && frenemy diff news trial
    """
    from streams.relations.difference import difference

    found = difference(_books(before, settings), _books(after, settings), confidence)
    if as_json:
        _print_json(found)
    else:
        _print(found, limit)
    sys.exit(1 if found else 0)


def _books(run: str, settings: Settings) -> "Books":
    from streams.relations.difference import (
        Books,
        books_of,
        events_standing,
        relations_standing,
    )
    from streams.relations.rules import Rules

    path = Path(run)
    if path.exists():
        rules = Rules(settings.half_life_days, settings.memory_days, settings.pair_articles)
        return books_of(_read_file(path), rules)
    if "/" in run or path.suffix in (".json", ".jsonl", ".ndjson"):
        raise Fault(f"There is no file {run}.")
    there = msgspec.structs.replace(settings, prefix=run)
    events, relations = asyncio.run(_read_topics(there))
    return Books(events_standing(events), relations_standing(relations))


def _read_file(path: Path) -> list[Enriched]:
    articles = []
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    articles.append(decoded(line, Enriched))
                except Undecodable as error:
                    raise Fault(
                        f"{path}, line {number}: not an enriched article ({error}). "
                        "`frenemy analyze` makes them of articles."
                    ) from None
    return articles


async def _read_topics(settings: Settings) -> tuple[list[Event], list[Relation]]:
    events: list[Event] = []
    relations: list[Relation] = []
    async with following(settings, *EVENTS, "relations", beginning=True) as consumer:
        async for message in until_end(consumer):
            if message.topic == settings.topic("relations"):
                relations.append(msgspec.json.decode(message.value, type=Relation))
            else:
                events.append(msgspec.json.decode(message.value, type=Event))
    return events, relations


def _print_json(found: "Difference") -> None:
    def line(kind: str, **more: object) -> None:
        click.echo(json_line({"kind": kind, **more}))

    for kind, events in (("gained", found.gained), ("lost", found.lost)):
        for event in events:
            line(kind, event=event)
    for change in found.changed:
        line("changed", before=change.before, after=change.after, fields=change.fields)
    for relation in found.relations:
        line("relation", pair=relation.pair, before=relation.before, after=relation.after)


def _print(found: "Difference", limit: int) -> None:
    if not found:
        out.print("No difference.")
        return
    for name, events in (("gained", found.gained), ("lost", found.lost)):
        out.print(f"[bold]{len(events)} events {name}[/bold]{_by_type(events)}")
        for event in events[:limit]:
            out.print(_event_line(event), plain_text(event.evidence.text, "dim"))
    out.print(f"[bold]{len(found.changed)} events changed[/bold]")
    for change in found.changed[:limit]:
        details = ", ".join(
            f"{name} {_value(change.before, name)} → {_value(change.after, name)}"
            for name in change.fields
        )
        out.print(_event_line(change.after), plain_text(details))
    out.print(f"[bold]{len(found.relations)} relations differ[/bold]")
    for relation in found.relations[:limit]:
        sides = (_standing(relation.before), _standing(relation.after))
        out.print(f"  {plain(relation.pair)}  {sides[0]} → {sides[1]}")


def _by_type(events: tuple[Event, ...]) -> str:
    counts = Counter(event.type for event in events)
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    return f" ({told})" if told else ""


def _event_line(event: Event) -> str:
    kind = f"[{TYPE_STYLES[event.type]}]{event.type}[/]"
    return f"  {kind} {event.status} {plain(event.pair)} {event.confidence:.2f}"


def _value(event: Event, name: str) -> str:
    value = getattr(event, name)
    if name == "confidence":
        return f"{event.confidence:.2f}"
    if name == "participants":
        return "/".join(side.role for side in event.participants)
    if name == "evidence":
        return f"“{event.evidence.text[:60]}”"
    return value if isinstance(value, str) else str(len(value))


def _standing(relation: Relation | None) -> str:
    if relation is None:
        return "[dim]nothing[/]"
    style = STANCE_STYLES[relation.stance]
    return f"[{style}]{relation.stance}[/] ({relation.competition:.3f}, {relation.partnership:.3f})"
