"""`frenemy rejected list`."""

import asyncio
import heapq
from collections import Counter

import click
from rich.table import Column, Table

from streams.articles.rejection import CURES, KNOWN
from streams.commands.console import json_line, out, plain
from streams.commands.rejected.letters import Letter, Letters, choosing
from streams.relations.state import milliseconds
from streams.wire import dead_letters

COUNTED = ("reason", "source", "topic", "step", "day")
MOST_GROUPS = 100_000
OTHERS = "others"

Latest = list[tuple[int, int, Letter]]


@click.command("list")
@click.option(
    "--limit", type=click.IntRange(min=0), default=50, help="At most so many, the latest."
)
@click.option(
    "--by", type=click.Choice(COUNTED), default="reason", help="What to count.  [default: reason]"
)
@click.option("--counts", "counts_only", is_flag=True, help="Only the counts.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines, with the original bytes as base64."
)
@choosing()
def list_(limit: int, by: str, counts_only: bool, as_json: bool, letters: Letters) -> None:
    """List rejected messages, the latest last, and count them.

    \b
    Examples:
      frenemy rejected list --reason not_json --since 2024-05-08
      frenemy rejected list --by source --counts
      frenemy rejected list --json | jq -r '.value | @base64d'
    """
    latest, counts = asyncio.run(_read(letters, 0 if counts_only else limit, by))
    if as_json:
        _as_json(latest, counts, by, counts_only)
        return
    if not counts:
        out.print("No message was rejected.")
        return
    if latest:
        _show(latest)
        out.print()
    summary = Table(by, "messages", "what to do", box=None, header_style="bold")
    for name, count in counts.most_common():
        cure = CURES[KNOWN[name]] if by == "reason" and name in KNOWN else ""
        summary.add_row(_one_line(name), str(count), cure)
    out.print(summary)


async def _read(letters: Letters, limit: int, by: str) -> tuple[Latest, Counter[str]]:
    """The latest letters by time, and the counts of all. Memory is bounded by `limit`."""
    latest: Latest = []
    counts: Counter[str] = Counter()
    number = 0
    async for letter in letters.chosen():
        number += 1
        name = _group(letter, by)
        counts[name if name in counts or len(counts) < MOST_GROUPS else OTHERS] += 1
        if limit:
            entry = (_moment(letter), number, letter)
            if len(latest) < limit:
                heapq.heappush(latest, entry)
            else:
                heapq.heappushpop(latest, entry)
    return sorted(latest, key=lambda entry: entry[:2]), counts


def _moment(letter: Letter) -> int:
    try:
        return milliseconds(letter.record.rejected_at)
    except ValueError:
        return 0


def _group(letter: Letter, by: str) -> str:
    record = letter.record
    if by == "source":
        return letter.source or "(none)"
    return {
        "reason": record.reason,
        "topic": record.topic,
        "step": record.step,
        "day": record.rejected_at[:10],
    }[by]


def _as_json(latest: Latest, counts: Counter[str], by: str, counts_only: bool) -> None:
    if counts_only:
        for name, count in counts.most_common():
            click.echo(json_line({by: name, "messages": count}))
        return
    for _, _, letter in latest:
        click.echo(json_line(dead_letters.encode(letter.record)))


def _show(latest: Latest) -> None:
    place = Column("place", no_wrap=True)
    table = Table(
        "rejected at", place, "reason", "source", "replays", box=None, header_style="bold"
    )
    for _, _, letter in latest:
        record = letter.record
        table.add_row(
            _one_line(record.rejected_at),
            _one_line(letter.place),
            _one_line(record.reason),
            _one_line(letter.source),
            str(letter.replays or ""),
        )
    out.print(table)


def _one_line(text: str) -> str:
    return plain(text).replace("\n", "\\n")
