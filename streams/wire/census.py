"""How many pairs stand how to each other, and where the watched pairs stand.

What other workers hold is theirs to tell: a new assignment begins anew from the table.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable

import msgspec

from streams.messages import Relation, Stance
from streams.relations.relation import relation
from streams.relations.rules import Rules
from streams.relations.state import decode
from streams.wire.meter import STANCES
from streams.wire.metrics import Metrics
from streams.wire.watchlist import Watchlist

SLICE = 200


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """As much of a pair's state as the count needs; the rest is passed over."""

    pair: str
    stance: Stance = "none"


_entries = msgspec.msgpack.Decoder(_Entry)


class Census:
    """Counts pairs by stance."""

    def __init__(self, metrics: Metrics, watchlist: Watchlist, rules: Rules) -> None:
        self._rules = rules
        self._pairs = watchlist.pairs
        self._metrics = metrics
        relations = metrics.gauge("relations")
        self._told = [(stance, relations.labels(stance)) for stance in STANCES]
        self._stances: dict[bytes, Stance] = {}
        self._counts: Counter[Stance] = Counter()
        self._tell()

    def note(self, pair: bytes, stance: Stance, standing: Relation | None) -> None:
        """A pair stands like this from now on; its relation is None where it did not change."""
        self._note(pair, stance)
        if standing is not None and standing.pair in self._pairs:
            strength = self._metrics.gauge("watched_pair_strength_ratio")
            strength.labels(standing.pair, "competition").set(standing.competition)
            strength.labels(standing.pair, "partnership").set(standing.partnership)
            value = self._metrics.gauge("watched_pair_stance").labels(standing.pair)
            value.set(STANCES.index(stance))

    def _note(self, pair: bytes, now: Stance) -> None:
        before = self._stances.get(pair)
        if before != now:
            if before is not None:
                self._counts[before] -= 1
            self._counts[now] += 1
            self._stances[pair] = now
            self._tell()

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
                entry = _entries.decode(state)
                watched = entry.pair in self._pairs
                standing = relation(decode(state), self._rules) if watched else None
                self.note(pair, entry.stance, standing)
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)

    def _tell(self) -> None:
        for stance, gauge in self._told:
            gauge.set(self._counts[stance])
