"""Where commands print: tables and colour for people on standard output, progress on standard error."""

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from streams.wire.logs import escaped, escaped_in_json

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def json_line(message: object) -> str:
    """A message as one line of JSON in which nothing can steer a terminal; bytes are JSON already.

    It says the same: what is escaped is escaped as JSON does.
    """
    data = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return escaped_in_json(data.decode())


def plain(text: str) -> str:
    """Text of an article for a terminal: no control characters, no markup."""
    return escape(escaped(text))


def plain_text(text: str, style: str = "") -> Text:
    """The same as a piece of rich text. Its length is kept where the text is printable."""
    return Text(escaped(text), style=style)


TYPE_STYLES = {"competition": "bold red", "partnership": "bold green"}
STANCE_STYLES = {
    "none": "dim",
    "rivals": "bold red",
    "allies": "bold green",
    "frenemies": "bold magenta",
}
