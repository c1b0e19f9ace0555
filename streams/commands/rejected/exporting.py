"""`frenemy rejected export`."""

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import click

from streams.commands.options import Fault
from streams.commands.rejected.letters import EXPORTED, Letter, Letters, choosing
from streams.wire import dead_letters

_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
LONGEST_NAME = 60


@click.command("export")
@click.argument("to", metavar="FOLDER|FILE.jsonl|-")
@choosing()
def export(to: str, letters: Letters) -> None:
    """Write dead letters to a new folder, a new file of JSON lines, or standard output.

    Each line is a dead letter as schemas/rejected.schema.json says, its original bytes as base64. A
    folder has them in rejected.jsonl and beside it a file for each message with its original value,
    byte for byte. `frenemy rejected replay --from` takes both.

    \b
    Examples:
      frenemy rejected export --reason internal_error letters/
      frenemy rejected export - | jq -r '.value | @base64d'
    """
    if to == "-":
        count = asyncio.run(_write(letters, sys.stdout.buffer))
    elif to.endswith(".jsonl"):
        with _new(Path(to)) as file:
            count = asyncio.run(_write(letters, file))
    else:
        folder = Path(to)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise Fault(f"{to} is there already: give the name of a new folder.") from None
        except OSError as error:
            raise Fault(f"{to} cannot be made ({error.strerror}).") from None
        with _new(folder / EXPORTED) as file:
            count = asyncio.run(_write(letters, file, lambda letter: _keep(folder, letter)))
    unreadable = f", {letters.unreadable} not readable" if letters.unreadable else ""
    click.echo(f"{count} dead letters exported{unreadable}", err=True)
    sys.exit(1 if letters.unreadable else 0)


async def _write(
    letters: Letters, file: BinaryIO, also: Callable[[Letter], None] = lambda letter: None
) -> int:
    count = 0
    async for letter in letters.chosen():
        file.write(dead_letters.encode(letter.record) + b"\n")
        also(letter)
        count += 1
    file.flush()
    return count


def _new(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileExistsError:
        raise Fault(f"{path} is there already: give the name of a new file.") from None
    except OSError as error:
        raise Fault(f"{path} cannot be written ({error.strerror}).") from None


def _keep(folder: Path, letter: Letter) -> None:
    """The original value in a file of its own, named by place: no text of a message gets into the name."""
    record = letter.record
    topic = _UNSAFE.sub("-", record.topic)[-LONGEST_NAME:]
    # A place has two letters where a topic was made anew.
    digest = letter.digest().hex()[:8]
    name = f"{topic}-{record.partition}-{record.offset}-{digest}.value"
    (folder / name).write_bytes(letter.value or b"")
