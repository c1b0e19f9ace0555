"""The command line: one file a command, loaded when it is asked for."""

from importlib import import_module

import click
from click.shell_completion import CompletionItem
from typing_extensions import override

from streams import __version__
from streams.wire import single_thread  # noqa: F401 - before any command imports numpy

COMMANDS = {
    "demo": "Run the whole system on an embedded broker with sample news.",
    "worker": "Run a worker: raw articles in, events and relations out.",
    "analyze": "Analyse articles (JSON lines) without Kafka.",
    "produce": "Publish articles to the raw topic.",
    "watch": "Follow events and shifts as they come.",
    "topics": "Create the topics, or check them.",
    "rejected": "Look into the dead letters.",
    "companies": "Look up companies, check and publish changes of the registry.",
    "explain": "Say why an article gave what it gave.",
    "feedback": "Say whether an event is right, list what was said, export it for training.",
    "replay": "Process an archive or the raw topic again, into topics of another prefix.",
    "history": "Show how a pair stood over time.",
    "diff": "Say what differs between two runs.",
    "settings": "List all settings with their values.",
}


class _Commands(click.Group):
    """Loads a command's module when the command is run: help and version need none of them."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"streams.commands.{cmd_name}").command
        return command

    @override
    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names from the list: a key press must not load all commands."""
        fitting = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name]) for name in fitting]
        return found if not incomplete.startswith("-") else super().shell_complete(ctx, incomplete)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _tell_versions(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from streams.articles.companies import registry
    from streams.articles.encoder.reading import shipped_version as encoder
    from streams.articles.events.model import shipped_version as model

    companies = registry.load().version
    click.echo(f"frenemy {__version__}, registry {companies}, model {model()}+{encoder()}")
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from FRENEMY_... variables or options of the same name: `frenemy settings`.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_versions,
    help="Tell the versions of program, company registry and event model.",
)
def main() -> None:
    """Companies, and who competes or works with whom, from a stream of business news."""
