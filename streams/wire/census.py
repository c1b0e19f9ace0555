"""How many pairs stand how to each other, and where the watched pairs stand.

What other workers hold is theirs to tell: a new assignment begins anew from the table.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec

from streams.messages import Relation, Stance
from streams.wire.meter import STANCES
from streams.wire.metrics import Metrics
from streams.wire.watchlist import Watchlist

SLICE = 200


class _Entry(msgspec.Struct, frozen=True):
    """As much of a pair's state as the count needs; the rest is passed over."""

    relation: Relation | None = None


_entries = msgspec.json.Decoder(_Entry)


class Census:
    """Counts pairs by stance."""

    def __init__(self, metrics: Metrics, watchlist: Watchlist) -> None:
        self._pairs = watchlist.pairs
        self._metrics = metrics
        self._stances: dict[bytes, Stance] = {}
        self._counts: Counter[Stance] = Counter()
        self._tell()

    def note(self, pair: bytes, relation: Relation | None) -> None:
        """A pair's relation is this from now on; None is a pair without events."""
        now: Stance = relation.stance if relation is not None else "none"
        before = self._stances.get(pair)
        if before != now:
            if before is not None:
                self._counts[before] -= 1
            self._counts[now] += 1
            self._stances[pair] = now
            self._tell()
        if relation is not None and relation.pair in self._pairs:
            strength = self._metrics.gauge("watched_pair_strength_ratio")
            strength.labels(relation.pair, "competition").set(relation.competition)
            strength.labels(relation.pair, "partnership").set(relation.partnership)
            stance = self._metrics.gauge("watched_pair_stance")
            stance.labels(relation.pair).set(STANCES.index(now))

    def forget(self) -> None:
        """Begin anew: the partitions are others."""
        self._stances.clear()
        self._counts.clear()
        self._metrics.gauge("watched_pair_strength_ratio").clear()
        self._metrics.gauge("watched_pair_stance").clear()
        self._tell()

    async def count(self, entries: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in a table, in slices so that messages go on being processed in between.

        What `note` said meanwhile is newer than the table's entry at the start, so it stands.
        """
        for number, (pair, state) in enumerate(entries):
            if pair not in self._stances:
                self.note(pair, _entries.decode(state).relation)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)

    def _tell(self) -> None:
        for stance in STANCES:
            self._metrics.gauge("relations").labels(stance).set(self._counts[stance])
