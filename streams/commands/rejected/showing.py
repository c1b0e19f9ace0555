"""`frenemy rejected show` and `frenemy rejected explain`."""

import asyncio
import sys

import click
from rich.table import Table
from rich.text import Text

from streams.articles.blame import blame
from streams.articles.rejection import ADVICE, KNOWN, Reason
from streams.commands.console import json_line, out, plain, plain_text
from streams.commands.options import Fault
from streams.commands.rejected.again import would_be_rejected
from streams.commands.rejected.letters import Letter, Letters, choosing
from streams.wire import dead_letters
from streams.wire.logs import escaped

SHOWN_BYTES = 4_000


@click.command("show")
@click.argument("place")
@click.option(
    "--bytes",
    "most",
    type=click.IntRange(min=0),
    default=SHOWN_BYTES,
    help=f"Show at most so many bytes of the value; 0 shows all.  [default: {SHOWN_BYTES}]",
)
@click.option("--raw", is_flag=True, help="Write the original value alone, byte for byte.")
@click.option("--json", "as_json", is_flag=True, help="Print the dead letter as JSON.")
@choosing(filters=False)
def show(place: str, most: int, raw: bool, as_json: bool, letters: Letters) -> None:
    """Show one rejected message: where it lay, why it was rejected, its original bytes escaped.

    \b
    Examples:
      frenemy rejected show news.articles.raw/3/1234
      frenemy rejected show 3/1234 --raw > article.json
    """
    letter = asyncio.run(letters.find(place))
    if raw:
        if sys.stdout.isatty():
            raise Fault(
                "The original bytes may steer a terminal: send --raw to a file or a program."
            )
        sys.stdout.buffer.write(letter.value or b"")
        sys.stdout.buffer.flush()
        return
    if as_json:
        click.echo(json_line(dead_letters.encode(letter.record)))
        return
    _show_facts(letter)
    value = letter.value
    if value is None:
        out.print("It has no value.")
        return
    part = value if most == 0 else value[:most]
    rest = "" if len(part) == len(value) else f", the first {len(part)} here (--bytes 0 shows all)"
    out.print(f"[bold]value[/], {len(value)} bytes{rest}")
    _show_block(part.decode("utf-8", "backslashreplace"))


@click.command("explain")
@click.argument("what", metavar="PLACE|REASON")
@choosing(filters=False)
def explain(what: str, letters: Letters) -> None:
    """Say what a reason means, what in a message caused it, and what to do.

    \b
    Examples:
      frenemy rejected explain not_json
      frenemy rejected explain news.articles.raw/3/1234
    """
    if what in KNOWN:
        _explain_reason(KNOWN[what])
        return
    letter = asyncio.run(letters.find(what))
    out.print(
        Text.assemble((_one_line(letter.place), "bold"), "  ", _one_line(letter.record.reason))
    )
    out.print(_one_line(letter.record.message), markup=False)
    reason = KNOWN.get(letter.record.reason)
    if reason is None:
        out.print("This version knows no such reason: the worker that rejected it is a newer one.")
        return
    out.print()
    for cause in blame(letter.value, reason):
        out.print(Text("  ") + plain_text(cause.where, "bold"))
        _show_block(cause.text)
    _explain_reason(reason)
    now = would_be_rejected(letter, letters.settings)
    if now is None:
        out.print("This version takes the message: `frenemy rejected replay` sends it again.")
    else:
        out.print(Text("This version rejects it too: ") + plain_text(now.detail))


def _explain_reason(reason: Reason) -> None:
    advice = ADVICE[reason]
    again = {
        "never": "The same bytes are rejected again: the producer has to send others.",
        "other settings": "The same bytes may be taken after other settings: then replay them.",
        "an upgrade": "The same bytes may be taken after an upgrade: then replay them.",
    }[advice.again]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("[bold]reason[/]", reason.value)
    table.add_row("[bold]means[/]", plain(advice.meaning))
    table.add_row("[bold]what to do[/]", plain(advice.cure))
    table.add_row("[bold]again[/]", again)
    out.print(table)


def _show_facts(letter: Letter) -> None:
    record = letter.record
    facts = {
        "place": letter.place,
        "reason": record.reason,
        "step": record.step,
        "message": record.message,
        "rejected at": record.rejected_at,
        "by version": f"{record.version.program}, registry {record.version.registry}, "
        f"model {record.version.model}",
        "replays": str(letter.replays),
        "key": "none" if letter.key is None else letter.key.decode("utf-8", "backslashreplace"),
        **{
            f"header {name}": data.decode("utf-8", "backslashreplace")
            for name, data in letter.headers
        },
    }
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, text in facts.items():
        table.add_row(Text(_one_line(name), style="bold"), Text(_one_line(text)))
    out.print(table)


def _one_line(text: str) -> str:
    return escaped(text).replace("\n", "\\n")


def _show_block(text: str) -> None:
    """Text of others, set apart so that it cannot pass for ours."""
    for line in text.split("\n"):
        out.print(Text("  │ ", style="dim") + plain_text(line), soft_wrap=True)
