"""The steps of a message as they are watched: each measured, and a span where tracing is on."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from time import perf_counter
from types import TracebackType
from typing import Literal

from prometheus_client import Histogram

from streams.articles.document import Document
from streams.articles.encoder.reading import EncodedArticle
from streams.articles.enrich import Analyst, Detector, Finder
from streams.articles.events.detector import DetectedEvent, Judgement
from streams.messages import Company
from streams.wire.metrics import Metrics
from streams.wire.tracing import Tracing

StepName = Literal["read", "companies", "events", "remember", "relate"]
STEPS: tuple[StepName, ...] = ("read", "companies", "events", "remember", "relate")


class Steps:
    """Measures steps: `with steps("read"): ...`."""

    def __init__(self, metrics: Metrics, tracing: Tracing) -> None:
        self._tracing = tracing
        self._seconds = {name: metrics.histogram("step_seconds").labels(name) for name in STEPS}

    def __call__(self, name: StepName) -> AbstractContextManager[None]:
        """The time of this block goes into `frenemy_step_seconds`."""
        return _Timed(self._seconds[name], self._tracing.step(name))

    def watch(self, analyst: Analyst) -> Analyst:
        """The same analyst with its finder and detector as steps."""
        return replace(
            analyst,
            finder=_Finder(analyst.finder, self),
            detector=_Detector(analyst.detector, self),
        )


class _Timed:
    __slots__ = ("_begin", "_seconds", "_span")

    def __init__(self, seconds: Histogram, span: AbstractContextManager[object] | None) -> None:
        self._seconds = seconds
        self._span = span
        self._begin = 0.0

    def __enter__(self) -> None:
        if self._span is not None:
            self._span.__enter__()
        self._begin = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seconds.observe(perf_counter() - self._begin)
        if self._span is not None:
            # The span is not told of the error: its text may quote an article.
            self._span.__exit__(None, None, None)


@dataclass(frozen=True, slots=True)
class _Finder:
    inner: Finder
    steps: Steps

    def find(self, document: Document) -> list[Company]:
        with self.steps("companies"):
            return self.inner.find(document)


@dataclass(frozen=True, slots=True)
class _Detector:
    inner: Detector
    steps: Steps

    def detect(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None,
    ) -> list[DetectedEvent]:
        with self.steps("events"):
            return self.inner.detect(document, companies, encoded)

    def explain(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None,
    ) -> list[Judgement]:
        return self.inner.explain(document, companies, encoded)
