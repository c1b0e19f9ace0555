"""A plain text file as one article."""

import orjson

from streams.sources.encoding import decoded
from streams.sources.records import Trouble, Unread

LONGEST_TITLE = 300


def article(data: bytes) -> bytes:
    """The article in a text file: its first line is the title where other text follows.

    Raises:
        Unread: `no_text`.
    """
    text = decoded(data).strip()
    if not text:
        raise Unread(Trouble.NO_TEXT, "The file holds no text.")
    first, _, rest = text.partition("\n")
    first = first.strip().lstrip("#").strip()
    if rest.strip() and len(first) <= LONGEST_TITLE:
        return orjson.dumps({"title": first, "body": rest.strip()})
    return orjson.dumps({"body": text})
