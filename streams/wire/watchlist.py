"""The watch-list: companies and pairs that may become metric labels, bounded by the settings."""

from dataclasses import dataclass
from typing import Self

from streams.articles.identity import pair_key
from streams.wire.settings import Settings


@dataclass(frozen=True, slots=True)
class Watchlist:
    """Company ids and pair keys with metric series of their own."""

    companies: frozenset[str]
    pairs: frozenset[str]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The list of the settings; the ids of a pair may stand in either order."""
        return cls(
            companies=frozenset(filter(None, settings.watch_companies.split(","))),
            pairs=frozenset(
                pair_key(*pair.split("~")) for pair in filter(None, settings.watch_pairs.split(","))
            ),
        )
