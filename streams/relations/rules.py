"""The parameters of relations."""

from dataclasses import dataclass

MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of relations.

    `half_life_days` halves evidence; `memory_days` and `most_articles` bound what is remembered of
    a pair: articles older than `memory_days` before its latest one are forgotten, and beyond
    `most_articles` the oldest ones.
    """

    half_life_days: float = 180.0
    memory_days: float = 730.0
    most_articles: int = 100

    @property
    def half_life_ms(self) -> float:
        """The half-life in milliseconds."""
        return self.half_life_days * MILLISECONDS_A_DAY

    @property
    def memory_ms(self) -> float:
        """The memory in milliseconds."""
        return self.memory_days * MILLISECONDS_A_DAY
