"""`frenemy companies`."""

import asyncio
import sys
from typing import BinaryIO

import click
import msgspec
from aiokafka.errors import KafkaError
from rich.table import Table

from streams.articles.companies import registry as registries
from streams.articles.companies.registry import BadUpdate, CompanyRecord, CompanyUpdate
from streams.articles.rejection import Rejection
from streams.commands.console import json_line, out, plain
from streams.commands.options import BROKER, Fault, Settings, with_settings


@click.group("companies")
def command() -> None:
    """Look up companies of the registry, check changes of it, and publish them to running workers."""


@command.command("find")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def find(name: str, as_json: bool) -> None:
    """Who is NAME: a company name, alias, former name, nickname, product, person, ticker or id.

    \b
    Examples:
      frenemy companies find BP
      frenemy companies find "la marque à la pomme"
    """
    found = registries.load().lookup(name)
    if as_json:
        for record, meant in found:
            click.echo(json_line({"meant": meant, "company": record}))
    elif found:
        table = Table("id", "name", "meant as", "country", "owner", "other names", box=None)
        for record, meant in found:
            table.add_row(
                record.id,
                plain(record.name),
                meant,
                record.country,
                record.parent,
                plain(", ".join((*record.aliases, *record.former, *record.nicknames)[:8])),
            )
        out.print(table)
    if not found:
        click.echo(
            f"The registry knows no {name!r}. Workers may find it all the same by its form; to add it: "
            "`frenemy companies add`.",
            err=True,
        )
        sys.exit(1)


@command.command("add")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--dry-run", is_flag=True, help="Check the changes and publish nothing.")
@with_settings(*BROKER)
def add(file: BinaryIO, dry_run: bool, settings: Settings) -> None:
    """Publish changes of the registry (JSON lines as in schemas/company.schema.json) to all workers.

    All lines are checked first; where one is bad nothing is published.

    \b
    Examples:
      echo '{"id": "aurora-cells", "name": "Aurora Cells", "aliases": ["Aurora"]}' | frenemy companies add -
      echo '{"id": "aurora-cells", "deleted": true}' | frenemy companies add -
    """
    updates = _checked(file)
    if not dry_run:
        asyncio.run(_publish(updates, settings))
    verb = "are good" if dry_run else "published"
    click.echo(f"{len(updates)} changes {verb}", err=True)


@command.command("export")
def export() -> None:
    """Print the built-in registry as JSON lines.

    \b
    Example:
      frenemy companies export | wc -l
    """
    registry = registries.load()
    for id_ in registry.ids():
        record = registry.get(id_)
        if isinstance(record, CompanyRecord):
            click.echo(json_line(record))


def _checked(file: BinaryIO) -> list[CompanyUpdate]:
    from streams.wire.registry_updates import update_of

    registry = registries.load()
    updates: list[CompanyUpdate] = []
    faults: list[str] = []
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            update = update_of(None, line.strip())
            registry = registry.with_update(update)
        except (Rejection, BadUpdate) as error:
            told = error.detail if isinstance(error, Rejection) else str(error)
            faults.append(f"line {number}: {told}")
        else:
            updates.append(update)
    if faults:
        raise Fault("\n".join(faults))
    return updates


async def _publish(updates: list[CompanyUpdate], settings: Settings) -> None:
    from streams.wire.broker import producer as new_producer

    producer = new_producer(settings)
    topic = settings.topic("companies")
    try:
        await producer.start()
        for update in updates:
            await producer.send_and_wait(topic, msgspec.json.encode(update), update.id.encode())
    except (KafkaError, OSError) as error:
        raise Fault(
            f"The broker at {settings.broker} did not take the changes into {topic} "
            f"({type(error).__name__}). `frenemy topics check` says whether the topic is there."
        ) from None
    finally:
        await producer.stop()
