"""Spans of steps, to an OpenTelemetry collector where one is configured; otherwise nothing.

A message's incoming `traceparent` is continued, and what comes of the message carries on from it.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from faust.types import EventT
from typing_extensions import override

from streams.wire.envelope import Headers, headers_of, trace_of
from streams.wire.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

Attributes = Mapping[str, str | int]


class TracingError(RuntimeError):
    """Tracing is configured but cannot work; says what to do."""


class Span(Protocol):
    """What may be told of a message while it is processed."""

    def rejected(self, reason: str) -> None:
        """The message is turned away."""


class Tracing:
    """No tracing: the trace of a message goes on unchanged to what comes of it."""

    def message(
        self, agent: str, headers: Headers, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        """The span of one message; `attributes` say where it lies."""
        return _NO_SPAN

    def step(self, name: str) -> AbstractContextManager[object] | None:
        """The span of one step inside a message, or None where nobody looks."""
        return None

    def onward(self, headers: Headers) -> Headers:
        """Trace headers for what comes of a message with these headers."""
        return trace_of(headers)

    def close(self) -> None:
        """Send what is left."""


class _NoSpan:
    def rejected(self, reason: str) -> None:
        pass


_NO_SPAN: AbstractContextManager[Span] = nullcontext(_NoSpan())


class OpenTelemetry(Tracing):
    """Spans through an OpenTelemetry provider."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._api = trace
        self._tracer = provider.get_tracer("frenemy")
        self._propagator = TraceContextTextMapPropagator()

    @override
    def message(
        self, agent: str, headers: Headers, attributes: Attributes
    ) -> AbstractContextManager[Span]:
        return self._message(agent, headers, attributes)

    @contextmanager
    def _message(self, agent: str, headers: Headers, attributes: Attributes) -> Iterator[Span]:
        carrier = {name: value.decode("ascii", "replace") for name, value in trace_of(headers)}
        with self._tracer.start_as_current_span(
            f"{agent} process",
            context=self._propagator.extract(carrier),
            kind=self._api.SpanKind.CONSUMER,
            attributes=dict(attributes),
            # The text of an exception may hold text of an article.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _Recorded(span, self._api)

    @override
    def step(self, name: str) -> AbstractContextManager[object]:
        return self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        )

    @override
    def onward(self, headers: Headers) -> Headers:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        if not carrier:
            return trace_of(headers)
        return [(name, value.encode("ascii", "replace")) for name, value in carrier.items()]

    @override
    def close(self) -> None:
        self._provider.shutdown()


class _Recorded:
    def __init__(self, span: Any, api: Any) -> None:
        self._span = span
        self._api = api

    def rejected(self, reason: str) -> None:
        self._span.set_attribute("frenemy.rejected.reason", reason)
        self._span.set_status(self._api.StatusCode.ERROR, reason)


def trace_id(headers: Headers) -> str | None:
    """The trace id of a message (32 hexadecimal digits), None without a sound traceparent."""
    for name, value in headers:
        if name == "traceparent" and (found := _TRACEPARENT.fullmatch(value)):
            return found[1].decode()
    return None


def exemplar(event: EventT[Any]) -> dict[str, str]:
    """What a metric points to: the trace of the message, else where the message lies."""
    trace = trace_id(headers_of(event))
    if trace is not None:
        return {"trace_id": trace}
    message = event.message
    # All of an exemplar together may have 128 characters.
    return {"message": f"{message.topic[-80:]}/{message.partition}/{message.offset}"}


def load(settings: Settings, version: str) -> Tracing:
    """The tracing of these settings.

    Raises:
        TracingError: where a collector is configured and the extra [otel] is not installed.
    """
    if not settings.otlp_endpoint:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise TracingError(
            "FRENEMY_OTLP_ENDPOINT is set, but OpenTelemetry is not installed: "
            "pip install 'frenemy[otel]'"
        ) from None
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.trace_share)),
        resource=Resource.create({"service.name": settings.group, "service.version": version}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint.rstrip("/") + "/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetry(provider)
