"""What was delivered already: one SQLite file, written only after the broker confirmed.

Killed between a delivery and its note here, a run delivers some articles again when it goes on;
they have the same ids and the same content, so that workers take them as what they had.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.sources.records import End, Item, Unreadable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    source TEXT PRIMARY KEY, state TEXT NOT NULL, position INTEGER NOT NULL, ended INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS entries (
    source TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS addresses (
    source TEXT PRIMARY KEY, etag TEXT NOT NULL, modified TEXT NOT NULL
);
"""
APPLICATION = 0x46524E59
VERSION = 1


class ProgressError(ValueError):
    """The file is no progress file of this version. The message says what to do."""


class Progress:
    """The progress of one or more runs.

    Args:
        path: where it is kept; None keeps it for this run alone.

    Raises:
        ProgressError: where the file is something else.
    """

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise ProgressError(f"{path} cannot hold the progress ({error}).") from None

    def _open(self) -> None:
        marks = [
            self._db.execute(f"PRAGMA {n}").fetchone()[0]
            for n in ("application_id", "user_version")
        ]
        filled = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if filled and marks != [APPLICATION, VERSION]:
            raise sqlite3.DatabaseError("it holds something else")
        self._db.execute(f"PRAGMA application_id={APPLICATION}")
        self._db.execute(f"PRAGMA user_version={VERSION}")
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(
        self, source: str, state: str, grown: Callable[[str], bool] = lambda before: False
    ) -> int | None:
        """Where to go on in a file: 0 for a new or changed one, None for one read to its end.

        Args:
            source: path of the file.
            state: what changes when its content does, such as size and time of change.
            grown: whether the file is one of this earlier state to which something was added.
        """
        row = self._db.execute(
            "SELECT state, position, ended FROM files WHERE source = ?", (source,)
        ).fetchone()
        if row is not None and row[0] == state:
            return None if row[2] else int(row[1])
        if row is not None and grown(row[0]):
            self._db.execute(
                "UPDATE files SET state = ?, ended = 0 WHERE source = ?", (state, source)
            )
            return int(row[1])
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, 0, 0)", (source, state))
        return 0

    def knows(self, source: str, mark: tuple[str, str]) -> bool:
        """Whether an entry of a feed was delivered with this very content."""
        row = self._db.execute(
            "SELECT digest FROM entries WHERE source = ? AND key = ?", (source, mark[0])
        ).fetchone()
        return row is not None and row[0] == mark[1]

    def validators(self, source: str) -> tuple[str, str]:
        """`ETag` and `Last-Modified` of an address as they were when it was last read whole."""
        row = self._db.execute(
            "SELECT etag, modified FROM addresses WHERE source = ?", (source,)
        ).fetchone()
        return ("", "") if row is None else (str(row[0]), str(row[1]))

    def reached(self, record: Item | Unreadable | End) -> None:
        """Note that all up to and with this record is done: delivered and confirmed, or listed."""
        if isinstance(record, End):
            self._db.execute("UPDATE files SET ended = 1 WHERE source = ?", (record.source,))
            if record.validators is not None:
                self._db.execute(
                    "INSERT OR REPLACE INTO addresses VALUES (?, ?, ?)",
                    (record.source, *record.validators),
                )
            return
        self._db.execute(
            "UPDATE files SET position = ? WHERE source = ?", (record.position, record.source)
        )
        if isinstance(record, Item) and record.mark is not None:
            self._db.execute(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", (record.source, *record.mark)
            )

    def save(self) -> None:
        """Write to disk what was noted."""
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Save and close."""
        self._db.execute("COMMIT")
        self._db.close()
