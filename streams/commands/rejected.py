"""`frenemy rejected`."""

import asyncio
from collections import Counter
from collections.abc import Callable

import click
import msgspec
from rich.table import Table

from streams.articles.rejection import CURES, Reason
from streams.commands.console import out, plain
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Settings, with_settings
from streams.messages import Rejected

Chosen = Callable[[Rejected], bool]


@click.group("rejected")
def command() -> None:
    """Look into the dead letters: which messages were rejected, and why."""


@command.command("list")
@click.option("--reason", type=click.Choice([r.value for r in Reason]), help="Only this reason.")
@click.option("--since", help="Only those rejected at or after this time (RFC 3339).")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, help="At most so many, the latest."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines, with the original bytes as base64."
)
@with_settings(*BROKER)
def list_(
    reason: str | None, since: str | None, limit: int, as_json: bool, settings: Settings
) -> None:
    """List rejected messages, the latest last, and count them by reason.

    \b
    Examples:
      frenemy rejected list --reason not_json
      frenemy rejected list --json | jq -r '.value | @base64d'
    """

    def chosen(letter: Rejected) -> bool:
        return reason in (None, letter.reason) and (since is None or letter.rejected_at >= since)

    letters = asyncio.run(read_all(settings, chosen))
    if as_json:
        for letter in letters[-limit:]:
            click.echo(msgspec.json.encode(letter).decode())
        return
    if not letters:
        out.print("No message was rejected.")
        return
    table = Table(
        "rejected at", "where", "reason", "step", "message", box=None, header_style="bold"
    )
    for letter in letters[-limit:]:
        where = f"{letter.topic}/{letter.partition}/{letter.offset}"
        table.add_row(
            letter.rejected_at, plain(where), letter.reason, letter.step, plain(letter.message)
        )
    out.print(table)
    counts = Counter(letter.reason for letter in letters)
    out.print()
    summary = Table("reason", "messages", "what to do", box=None, header_style="bold")
    for name, count in counts.most_common():
        known = name in Reason.__members__.values()
        summary.add_row(name, str(count), CURES[Reason(name)] if known else "")
    out.print(summary)


async def read_all(settings: Settings, chosen: Chosen) -> list[Rejected]:
    """All dead letters that are chosen, by time."""
    letters = []
    async with following(settings, "articles.rejected", beginning=True) as consumer:
        async for message in until_end(consumer):
            try:
                letter = msgspec.json.decode(message.value or b"", type=Rejected)
            except msgspec.DecodeError:
                continue
            if chosen(letter):
                letters.append(letter)
    return sorted(letters, key=lambda letter: letter.rejected_at)
