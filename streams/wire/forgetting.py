"""Forgets articles that came longer ago than corrections look back, a few with each message.

By when they came, not by when they were published: an archive that is read among today's news is remembered as
long as they are.
"""

from collections.abc import Callable, Iterator, MutableMapping

from streams.articles import memory

LOOKED_AT = 2
_DAY_MS = 86_400_000


class Forgetting:
    """Goes round the table of articles without end, `LOOKED_AT` of them a message.

    A message may change only what lies on its own partition, so what is found for another one waits
    for a message of that one. A round holds the keys of this worker's articles, 100 bytes each.

    Args:
        table: article id to `memory.ArticleState` as bytes.
        days: how long before the article that came last one is remembered.
        home: partition of a key.
    """

    def __init__(
        self, table: MutableMapping[bytes, bytes], days: float, home: Callable[[bytes], int]
    ) -> None:
        self._table = table
        self._span_ms = int(days * _DAY_MS)
        self._home = home
        self._newest_ms = 0
        self._round: Iterator[bytes] = iter(())
        self._due: dict[int, list[bytes]] = {}

    def look(self, partition: int, arrived_ms: int) -> None:
        """Forget some of what is due on `partition`, where an article came at `arrived_ms`."""
        self._newest_ms = max(self._newest_ms, arrived_ms)
        before = self._newest_ms - self._span_ms
        for key in self._next():
            if self._is_older(key, before):
                self._due.setdefault(self._home(key), []).append(key)
        due = self._due.get(partition, [])
        for _ in range(min(len(due), 2 * LOOKED_AT)):
            key = due.pop()
            if self._is_older(key, before):
                del self._table[key]

    def _next(self) -> list[bytes]:
        keys = [key for _, key in zip(range(LOOKED_AT), self._round, strict=False)]
        if len(keys) < LOOKED_AT:
            # A copy: what is iterated over must not change meanwhile.
            self._round = iter(list(self._table.keys()))
            self._due.clear()
        return keys

    def _is_older(self, key: bytes, before: int) -> bool:
        state = self._table.get(key)
        return state is not None and memory.arrived(memory.decode(state)) < before
