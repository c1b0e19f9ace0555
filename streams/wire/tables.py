"""Faust tables whose changelog is delivered like any output.

Faust sends changelog records and forgets them: an offset may be committed while the change of state is
lost. Here a change becomes an output of the message that caused it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from faust.tables.table import Table
from faust.types import TP
from typing_extensions import override

from streams.wire.outputs import Acknowledged, Output


class ChangeCollector:
    """Holds the table changes of the message that is being processed."""

    def __init__(self) -> None:
        self._changes: list[Output] | None = None

    @contextmanager
    def collecting(self) -> Iterator[list[Output]]:
        """The changes made inside the block."""
        changes: list[Output] = []
        self._changes = changes
        try:
            yield changes
        finally:
            self._changes = None

    def add(self, change: Output) -> None:
        """Note one change.

        Raises:
            RuntimeError: outside of a message, where nobody would deliver it.
        """
        if self._changes is None:
            raise RuntimeError("tables change only while a message is processed")
        self._changes.append(change)


class DeliveredTable(Table[bytes, bytes]):
    """A table of bytes by bytes. Its changelog topic is declared with all others and carries its name."""

    changes: ChangeCollector

    @override
    def on_key_set(self, key: bytes, value: bytes) -> None:
        self._change(key, value)

    @override
    def on_key_del(self, key: bytes) -> None:
        self._change(key, None)

    @override
    def _changelog_topic_name(self) -> str:
        return self.name

    def _change(self, key: bytes, value: bytes | None) -> None:
        partition = self.partition_for_key(key)
        if partition is None:
            raise RuntimeError("a table needs the partition of its message")
        self.changes.add(
            Output(
                topic=self.changelog_topic_name,
                key=key,
                value=value,
                partition=partition,
                on_acknowledged=partial(self._lies_at, TP(self.changelog_topic_name, partition)),
            )
        )

    def _lies_at(self, partition: TP, where: Acknowledged) -> None:
        # A store on disk takes up from here after a restart.
        data: Any = self.data
        data.set_persisted_offset(partition, where.offset)
