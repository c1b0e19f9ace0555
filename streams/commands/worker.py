"""`frenemy worker`."""

import asyncio
import sys

import click

from streams.commands.options import Fault, Settings, all_settings, with_settings


@click.command("worker")
@with_settings(*all_settings())
def command(settings: Settings) -> None:
    """Run a worker: raw articles in, events and relations out.

    Start as many as you like, up to the number of partitions. Ctrl-C or SIGTERM finishes what is in flight.

    \b
    Example:
      frenemy topics create
      frenemy worker --broker kafka:9092
    """
    from streams.wire import topic_admin
    from streams.wire.tracing import TracingError
    from streams.wire.worker import run

    try:
        faults = topic_admin.fatal(asyncio.run(topic_admin.check(settings)))
    except topic_admin.BrokerError as error:
        raise Fault(str(error)) from None
    if faults:
        lines = "\n".join(faults)
        raise Fault(
            f"The topics are not as declared:\n{lines}\n`frenemy topics create` makes missing ones; for other "
            "partition counts set FRENEMY_PARTITIONS."
        )
    try:
        code = run(settings)
    except TracingError as error:
        raise Fault(str(error)) from None
    sys.exit(code)
