"""The application for Faust's own command: `faust -A streams.app worker`."""

import logging

from prometheus_client import disable_created_metrics

from streams.wire import single_thread  # isort: skip  # noqa: F401 - before numpy is imported
from streams.wire import analyst, settings
from streams.wire.app import build

for _name in ("aiokafka", "kafka"):
    logging.getLogger(_name).setLevel(logging.ERROR)
disable_created_metrics()  # type: ignore[no-untyped-call] # prometheus-client leaves it untyped
_settings = settings.load()
app = build(_settings, analyst.load(_settings))
