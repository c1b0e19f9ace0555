"""A worker that also tells what it holds: `python -m tests.soak.inside` instead of `frenemy worker`.

A scrape counts Python's blocks of memory, the objects that the garbage collector looks after, and the bytes of the
tables, which grow with the articles that are remembered.
"""

import gc
import sys
from collections.abc import Mapping
from typing import Any

from prometheus_client import Gauge

from streams.commands import main
from streams.wire.app import FrenemyApp

SMALL = 512
MALLOC_HEADER = 8
ROUND = 16

_scraped = FrenemyApp.measure
_gauges: dict[str, Gauge] = {}


def table_bytes(data: Mapping[bytes, bytes]) -> int:
    """Bytes of a table in memory: the dict, its keys and its values.

    One pair after the other: a list of all would itself grow with the table, and be measured.
    """
    held = sys.getsizeof(data)
    for key in list(data):
        held += taken(key) + taken(data.get(key, b""))
    return held


def taken(value: bytes) -> int:
    """Bytes that the allocators take for an object: Python's own up to 512 bytes, behind them that of C.

    Both round up to 16; C's keeps 8 more before each block (glibc's malloc, 64 bits).
    """
    size = sys.getsizeof(value)
    return -(-(size + (MALLOC_HEADER if size > SMALL else 0)) // ROUND) * ROUND


def _measured(self: FrenemyApp) -> None:
    _scraped(self)
    tables = [_data(table) for table in self.tables.data.values()]
    found = {
        "soak_blocks": sys.getallocatedblocks(),
        "soak_objects": len(gc.get_objects()) + gc.get_freeze_count(),
        "soak_table_bytes": sum(table_bytes(data) for data in tables),
        "soak_table_entries": sum(len(data) for data in tables),
    }
    for name, value in found.items():
        if name not in _gauges:
            _gauges[name] = Gauge(name, "Of the soak.", registry=self.metrics.registry)
        _gauges[name].set(value)


def _data(table: Any) -> Mapping[bytes, bytes]:
    """What a table in memory holds; nothing for one on disk."""
    data = getattr(table.data, "data", {})
    return data if isinstance(data, dict) else {}


if __name__ == "__main__":
    FrenemyApp.measure = _measured  # type: ignore[method-assign] # the one thing that a soaked worker does more
    main(["worker"])
