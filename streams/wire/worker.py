"""Runs the Faust application as a worker process."""

import gc

import faust
from prometheus_client import disable_created_metrics
from typing_extensions import override

from streams.wire import analyst
from streams.wire.allocator import map_large_blocks
from streams.wire.app import LEFT_BY_ITSELF, build
from streams.wire.logs import configure
from streams.wire.settings import Settings


class _Worker(faust.Worker):
    """Faust's process around the application, with our logging instead of its own."""

    @override
    def _setup_logging(self) -> None:
        pass


def run(settings: Settings) -> int:
    """Run until stopped; exit code 0 after an orderly stop, 3 where the worker left by itself."""
    configure(settings)
    map_large_blocks()
    disable_created_metrics()  # type: ignore[no-untyped-call] # prometheus-client leaves it untyped
    app = build(settings, analyst.load(settings))
    # Registry and models stay: to look through them for garbage halts every message for a tenth of a second.
    gc.collect()
    gc.freeze()
    worker = _Worker(app, redirect_stdouts=False, quiet=True)
    app.host = worker
    code: object = 0
    try:
        worker.execute_from_commandline()
    except SystemExit as leaving:
        code = leaving.code
    if app.fault is not None:
        return LEFT_BY_ITSELF
    return code if isinstance(code, int) else 1
