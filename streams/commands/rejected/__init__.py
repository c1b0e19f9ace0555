"""`frenemy rejected`: one file a command."""

import click

from streams.commands.rejected.exporting import export
from streams.commands.rejected.listing import list_
from streams.commands.rejected.replaying import replay
from streams.commands.rejected.showing import explain, show


@click.group("rejected")
def command() -> None:
    """Look into the dead letters: what was rejected and why; export it, send it again.

    A dead letter is named by the place of its message, as `list` shows it: topic/partition/offset,
    or partition/offset where that names one alone.

    \b
    Examples:
      frenemy rejected list --since 2024-05-08T06:00:00Z --by source
      frenemy rejected explain news.articles.raw/3/1234
      frenemy rejected replay --reason internal_error --dry-run
    """


for part in (list_, show, explain, replay, export):
    command.add_command(part)
