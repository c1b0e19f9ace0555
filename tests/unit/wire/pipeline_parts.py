"""A pipeline without Faust: tables are dictionaries, messages are made by the test."""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from faust.types import TP

from streams.articles.enrich import Analyst
from streams.wire import analyst as loading
from streams.wire import settings as declaration
from streams.wire.agents import Pipeline
from streams.wire.metrics import Metrics
from streams.wire.outputs import Output
from streams.wire.tables import ChangeCollector
from streams.wire.tracing import Tracing

SETTINGS = declaration.load({}, {})


@cache
def analyst() -> Analyst:
    """The real one, loaded once."""
    return loading.load(SETTINGS)


@dataclass
class Message:
    """A message as Faust hands it over."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    partition: int = 0
    offset: int = 7
    timestamp: float = 1_715_149_800.0

    @property
    def tp(self) -> TP:
        return TP(self.topic, self.partition)


@dataclass
class Event:
    """The event around a message."""

    message: Message


def event(
    topic: str, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]] | None = None
) -> Any:
    return Event(Message(topic, key, value, headers or []))


def made(output: Output) -> Any:
    """An output as the event that the next agent gets."""
    assert output.key is not None
    return event(output.topic, output.key, output.value, list(output.headers))


def pipeline(tracing: Tracing | None = None, finder: Any = None) -> tuple[Pipeline, Metrics]:
    """A pipeline on one partition; `finder` in place of the real one."""
    metrics = Metrics()
    reader = analyst() if finder is None else replace(analyst(), finder=finder)
    tables: Any = ({}, {})
    parts = Pipeline(
        SETTINGS,
        reader,
        metrics,
        ChangeCollector(),
        cast(Any, tables[0]),
        cast(Any, tables[1]),
        1,
        tracing or Tracing(),
    )
    return parts, metrics
