"""`frenemy history`."""

import asyncio
from pathlib import Path
from typing import BinaryIO

import click
import msgspec
from rich.table import Table

from streams.commands.console import STANCE_STYLES, out, plain
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.messages import Enriched, Undecodable, decoded


@click.command("history")
@click.argument("pair")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it, too.")
@with_settings(*BROKER, "half_life_days", "memory_days", "pair_articles")
def command(pair: str, file: BinaryIO | None, svg: Path | None, settings: Settings) -> None:
    """Show how a pair stood over time: strengths and stance after each report, and the shifts.

    Works it out of enriched articles: those of FILE (JSON lines, as `frenemy analyze` writes them), else
    those on the broker. What readers said of events is left aside.

    \b
    Example:
      frenemy analyze articles.jsonl | frenemy history microsoft~openai - --svg history.svg
    """
    from streams.relations import picture
    from streams.relations.difference import states_of
    from streams.relations.relation import history
    from streams.relations.rules import Rules
    from streams.relations.state import time_text

    rules = Rules(settings.half_life_days, settings.memory_days, settings.pair_articles)
    articles = asyncio.run(_read_topic(settings)) if file is None else _read_file(file)
    state = states_of(articles, rules).get(pair)
    standings = [] if state is None else history(state, rules)
    if not standings:
        raise Fault(f"No article says anything of {pair}: a pair is two company ids joined by ~.")
    table = Table("time", "competition", "partnership", "stance", box=None, header_style="bold")
    for standing in standings:
        style = STANCE_STYLES[standing.stance]
        table.add_row(
            time_text(standing.time),
            f"{standing.competition:.3f}",
            f"{standing.partnership:.3f}",
            f"[{style}]{standing.stance}[/]",
        )
    out.print(f"[bold]{plain(pair)}[/bold]")
    out.print(table)
    if svg is not None:
        svg.write_text(picture.svg(pair, standings, rules.half_life_ms), encoding="utf-8")


def _read_file(file: BinaryIO) -> list[Enriched]:
    try:
        return [decoded(line, Enriched) for line in file if line.strip()]
    except Undecodable as error:
        raise Fault(
            f"{file.name}: not enriched articles ({error}). `frenemy analyze` makes them."
        ) from None


async def _read_topic(settings: Settings) -> list[Enriched]:
    async with following(settings, "articles.enriched", beginning=True) as consumer:
        return [
            msgspec.json.decode(message.value, type=Enriched)
            async for message in until_end(consumer)
        ]
