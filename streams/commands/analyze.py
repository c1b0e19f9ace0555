"""`frenemy analyze`."""

import sys
from typing import BinaryIO

import click
import msgspec

from streams.articles.rejection import Rejection
from streams.commands.console import json_line
from streams.commands.options import ANALYSIS, Settings, with_settings


@click.command("analyze")
@click.argument("file", type=click.File("rb"), default="-")
@with_settings(*ANALYSIS)
def command(file: BinaryIO, settings: Settings) -> None:
    """Analyse articles without Kafka: JSON lines in, enriched articles as JSON lines out, in order.

    A line that is no article gives a rejected record on standard error and does not stop the rest; the
    exit code is then 1.

    \b
    Example:
      echo '{"title": "Orange s’allie à Vodafone"}' | frenemy analyze -
    """
    from streams.wire import analyst, dead_letters
    from streams.wire.clock import now

    reader = analyst.load(settings)
    encoder = msgspec.json.Encoder()
    out, err = sys.stdout.buffer, sys.stderr.buffer
    rejected = 0
    name = "stdin" if file.name in ("-", "<stdin>") else file.name
    for number, line in enumerate(file):
        value = line.strip()
        if not value:
            continue
        try:
            enriched = reader.enrich(value, now())
        except Rejection as rejection:
            rejected += 1
            letter = dead_letters.rejected(
                rejection,
                topic=name,
                partition=0,
                offset=number,
                key=None,
                value=value,
                headers=(),
                rejected_at=now(),
                version=reader.version,
            )
            err.write(json_line(dead_letters.encode(letter)).encode() + b"\n")
            err.flush()
        else:
            out.write(json_line(encoder.encode(enriched)).encode() + b"\n")
    out.flush()
    sys.exit(1 if rejected else 0)
