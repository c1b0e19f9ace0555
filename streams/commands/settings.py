"""`frenemy settings`."""

import click
import orjson
from rich.table import Table

from streams.commands.console import out
from streams.commands.options import Fault
from streams.wire import settings as declaration


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """List all settings: variable, value in force, default, meaning. Secrets are not shown.

    \b
    Example:
      FRENEMY_PREFIX=test frenemy settings
    """
    try:
        values = declaration.load()
    except declaration.SettingsError as error:
        raise Fault(str(error)) from None
    rows = []
    for row in declaration.declared():
        value = getattr(values, str(row["name"]))
        shown = ("set" if value else "not set") if row["secret"] else value
        rows.append({**row, "value": shown})
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("variable", "value", "default", "meaning", box=None, header_style="bold")
    for row in rows:
        changed = row["value"] != row["default"] and not row["secret"]
        style = "bold yellow" if changed else ""
        default = "" if row["secret"] else str(row["default"])
        table.add_row(
            str(row["environment"]),
            str(row["value"]),
            default,
            str(row["description"]),
            style=style,
        )
    out.print(table)
