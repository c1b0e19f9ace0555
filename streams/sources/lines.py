"""JSON lines: one article a line, passed on as it is."""

from collections.abc import Iterator
from typing import BinaryIO

from streams.sources.records import Bounds, Item, Record, Trouble, Unreadable


def records(source: str, stream: BinaryIO, begin: int, bounds: Bounds) -> Iterator[Record]:
    """The lines from byte `begin` on, where `stream` stands.

    Positions are bytes of the decompressed stream, line numbers count from where reading begins. A
    line that is too long is told and left out. A last line without end may still be written: where
    the file grows, reading goes on before it.
    """
    position = begin
    number = 0
    while line := stream.readline(bounds.line_bytes):
        number += 1
        position += len(line)
        where = f"{source}:{number}" if not begin else f"{source}:+{number}"
        if len(line) == bounds.line_bytes and not line.endswith(b"\n"):
            while rest := stream.readline(bounds.line_bytes):
                position += len(rest)
                if rest.endswith(b"\n"):
                    break
            message = f"The line has more than {bounds.line_bytes:,} bytes."
            yield Unreadable(source, where, position, Trouble.TOO_LARGE, message)
            continue
        value = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
        if value:
            behind = position if line.endswith(b"\n") else position - len(line)
            yield Item(source, where, behind, value)
