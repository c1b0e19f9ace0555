"""What happened in an attack."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Struck:
    """One fault: when it began (ms), and how long it took until all workers were ready again."""

    name: str
    at_ms: int
    recovery_seconds: float


@dataclass(slots=True)
class Story:
    """What happened in an attack."""

    seed: int
    articles: int = 0
    events: int = 0
    relations: int = 0
    struck: list[Struck] = field(default_factory=list)
