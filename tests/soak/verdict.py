"""Whether the samples of a soak say that memory is flat."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

# What is loaded late, and caches that fill, belong to the beginning.
SETTLING_SHARE = 1 / 3
# An article that is remembered is a key and a value in a table; both are counted as the table's.
BLOCKS_AN_ENTRY = 2
LEAST_SAMPLES = 12


class Sample(msgspec.Struct, frozen=True):
    """A worker at one moment: seconds since the beginning, articles published, and what it held."""

    seconds: float
    articles: int
    megabytes: float
    table_megabytes: float
    table_entries: int
    blocks: int
    objects: int
    files: int
    lag: int
    in_flight: int


class Slope(msgspec.Struct, frozen=True):
    """Growth for each article, and how far it may be from that (two standard errors)."""

    value: float
    margin: float

    @property
    def most(self) -> float:
        """What it hardly exceeds."""
        return self.value + self.margin


class Limits(msgspec.Struct, frozen=True):
    """What is still called flat: growth for each article beyond what the tables hold, and the ends of the rest."""

    bytes_an_article: float = 300.0
    blocks_an_article: float = 0.5
    files: int = 8
    in_flight: int = 1_000
    lag: int = 500


class Verdict(msgspec.Struct, frozen=True):
    """Slopes after settling, beyond the tables, and what is wrong; nothing where memory is flat."""

    megabytes_begin: float
    megabytes_end: float
    table_bytes_an_article: float
    bytes_an_article: Slope
    blocks_an_article: Slope
    faults: tuple[str, ...]

    @property
    def flat(self) -> bool:
        """Whether nothing grows that should not."""
        return not self.faults


def slope(points: Sequence[tuple[float, float]]) -> Slope:
    """Least squares; neighbours are alike, so they count as fewer than they are.

    Args:
        points: at least three x and y, evenly spaced in time, x growing.
    """
    count = len(points)
    middle = sum(x for x, _ in points) / count
    level = sum(y for _, y in points) / count
    spread = sum((x - middle) ** 2 for x, _ in points)
    value = sum((x - middle) * (y - level) for x, y in points) / spread
    rest = [y - level - value * (x - middle) for x, y in points]
    squares = sum(r * r for r in rest)
    if not squares:
        return Slope(value, 0.0)
    alike = max(0.0, sum(a * b for a, b in pairwise(rest)) / squares)
    effective = max(3.0, count * (1 - alike) / (1 + alike))
    return Slope(value, 2 * math.sqrt(squares / (count - 2) / spread * count / effective))


def judge(samples: Sequence[Sample], limits: Limits) -> Verdict:
    """The verdict on a soak.

    Raises:
        ValueError: where there are too few samples to say anything.
    """
    settled = [s for s in samples if s.seconds >= samples[-1].seconds * SETTLING_SHARE]
    if len(settled) < LEAST_SAMPLES:
        raise ValueError(f"{len(settled)} samples after settling say nothing: soak for longer")
    first, last = settled[0], settled[-1]
    memory = slope([(s.articles, (s.megabytes - s.table_megabytes) * 1e6) for s in settled])
    blocks = slope([(s.articles, s.blocks - BLOCKS_AN_ENTRY * s.table_entries) for s in settled])
    tables = slope([(s.articles, s.table_megabytes * 1e6) for s in settled])
    in_flight = max(s.in_flight for s in samples)
    files = max(s.files for s in settled) - first.files
    checks = (
        (
            memory.most > limits.bytes_an_article,
            f"memory grows by up to {memory.most:,.0f} bytes an article beyond the tables",
        ),
        (
            blocks.most > limits.blocks_an_article,
            f"blocks grow by up to {blocks.most:.2f} an article beyond the tables",
        ),
        (files > limits.files, f"{files} more open files"),
        (in_flight > limits.in_flight, f"{in_flight:,} messages in flight"),
        (last.lag > limits.lag, f"{last.lag:,} messages wait at the end"),
    )
    return Verdict(
        megabytes_begin=first.megabytes,
        megabytes_end=last.megabytes,
        table_bytes_an_article=tables.value,
        bytes_an_article=memory,
        blocks_an_article=blocks,
        faults=tuple(text for wrong, text in checks if wrong),
    )
