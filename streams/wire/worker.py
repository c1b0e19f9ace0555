"""Runs the Faust application as a worker process."""

import faust
from prometheus_client import disable_created_metrics
from typing_extensions import override

from streams.wire import analyst
from streams.wire.app import build
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
    disable_created_metrics()
    app = build(settings, analyst.load(settings))
    worker = _Worker(app, redirect_stdouts=False)
    app.host = worker
    try:
        worker.execute_from_commandline()
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
        return 3 if app.fault else code
    return 3 if app.fault else 0
