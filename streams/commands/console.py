"""Where commands print: tables and colour for people on standard output, progress on standard error."""

import re

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from streams.wire.logs import escaped

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


# What JSON lets stand raw and terminals act upon: DEL, C1 controls, bidirectional marks.
_STEERING = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def json_line(message: object) -> str:
    """A message as one line of JSON in which nothing can steer a terminal; bytes are JSON already.

    It says the same: what is escaped is escaped as JSON does.
    """
    data = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return _STEERING.sub(lambda match: f"\\u{ord(match[0]):04x}", data.decode())


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
