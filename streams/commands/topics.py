"""`frenemy topics`."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import click
import msgspec
import orjson
from rich.table import Table

from streams.commands.console import out
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.contract import topics
from streams.wire import topic_admin
from streams.wire.topic_admin import TopicState

SHAPE = ("partitions", "replication")


@click.group("topics")
def command() -> None:
    """Create the topics, check them against their declaration, or list what they are for."""


@command.command("create")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings(*BROKER, *SHAPE)
def create(as_json: bool, settings: Settings) -> None:
    """Create the topics that are missing. Those that are there are compared, never changed.

    \b
    Example:
      frenemy topics create --broker kafka:9092 --replication 3
    """
    _show(_answer(topic_admin.create(settings)), as_json)


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings(*BROKER, *SHAPE)
def check(as_json: bool, settings: Settings) -> None:
    """Compare the topics of the broker with their declaration; exit code 1 where they differ.

    \b
    Example:
      frenemy topics check --broker kafka:9092
    """
    _show(_answer(topic_admin.check(settings)), as_json)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_settings("prefix")
def list_(as_json: bool, settings: Settings) -> None:
    """List the topics: what each holds, its key, and how long it is kept. Needs no broker.

    \b
    Example:
      frenemy topics list
    """
    if as_json:
        rows = [
            {**msgspec.structs.asdict(t), "name": settings.topic(t.name)} for t in topics().values()
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("topic", "holds", "key", "kept", "purpose", box=None, header_style="bold")
    for topic in topics().values():
        kept = "for ever" if topic.retention_days < 0 else f"{topic.retention_days} days"
        table.add_row(settings.topic(topic.name), topic.holds, topic.key, kept, topic.purpose)
    out.print(table)


@command.command("strimzi")
@click.option("--cluster", required=True, help="Name of the Kafka resource they belong to.")
@with_settings("prefix", *SHAPE)
def strimzi(cluster: str, settings: Settings) -> None:
    """Print topics and users as resources of the Strimzi operator, as JSON that kubectl takes.

    \b
    Example:
      frenemy topics strimzi --cluster kafka --replication 3 | kubectl apply -n kafka -f -
    """
    from streams.wire.strimzi import topic_resources, user_resources

    items = [*topic_resources(settings, cluster), *user_resources(settings, cluster)]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())


@command.command("asyncapi")
@click.option("--schemas", default=".", help="Where the schema files are, as a URL.")
@with_settings("broker", "prefix", "security_protocol", "sasl_mechanism", *SHAPE)
def asyncapi(schemas: str, settings: Settings) -> None:
    """Print the AsyncAPI 3 document of the system under these settings, as JSON.

    \b
    Example:
      frenemy topics asyncapi --broker kafka:9092 --schemas https://example.org/schemas
    """
    from streams.wire.asyncapi import document

    made = document(settings, schemas)
    click.echo(orjson.dumps(made, option=orjson.OPT_INDENT_2).decode())


def _answer(question: Coroutine[Any, Any, list[TopicState]]) -> list[TopicState]:
    try:
        return asyncio.run(question)
    except topic_admin.BrokerError as error:
        raise Fault(str(error)) from None


def _show(states: list[TopicState], as_json: bool) -> None:
    if as_json:
        rows = [
            {"name": s.name, "exists": s.exists, "created": s.created, "faults": list(s.faults)}
            for s in states
        ]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        table = Table("topic", "state", box=None, header_style="bold")
        for state in states:
            word = "[green]created[/]" if state.created else "[green]as declared[/]"
            table.add_row(
                state.name, "[red]" + "; ".join(state.faults) + "[/]" if state.faults else word
            )
        out.print(table)
    if any(state.faults for state in states):
        sys.exit(1)
