"""Where commands print: tables and colour for people on standard output, progress on standard error."""

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from streams.wire.logs import escaped

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


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
