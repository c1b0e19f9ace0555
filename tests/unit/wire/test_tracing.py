"""Traces are continued from article to event, cost nothing where they are off, and hold no text."""

import builtins
import logging
from typing import Any

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import StatusCode

from streams.articles.document import Document
from streams.messages import Company
from streams.wire import tracing
from streams.wire.logs import ConsoleFormatter, JsonFormatter
from streams.wire.settings import load
from streams.wire.tracing import OpenTelemetry, Tracing, TracingError, trace_id
from tests.unit.wire.pipeline_parts import event, made, pipeline

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
HEADERS = [("traceparent", f"00-{TRACE}-{PARENT}-01".encode()), ("tracestate", b"a=b")]
TEXT = "Microsoft and OpenAI signed a partnership on satellites."
RAW, DETECTIONS = "news.articles.raw", "news.detections"


def article(**fields: object) -> bytes:
    return orjson.dumps({"id": "a1", "title": TEXT, "body": TEXT, "lang": "en", **fields})


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def traced(spans: InMemorySpanExporter, share: float = 1.0) -> OpenTelemetry:
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(share)), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return OpenTelemetry(provider)


def named(spans: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in spans.get_finished_spans()}


def hexadecimal(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def test_a_trace_leads_from_the_article_to_its_events(spans: InMemorySpanExporter) -> None:
    parts, _ = pipeline(traced(spans))
    outputs, rejected = parts.handle(
        event(RAW, b"a1", article(), HEADERS), parts.read_article, "articles"
    )
    assert not rejected
    found = named(spans)
    assert set(found) == {"articles process", "read", "companies", "events", "remember"}
    process = found["articles process"]
    assert process.context is not None
    assert f"{process.context.trace_id:032x}" == TRACE
    assert process.parent is not None
    assert f"{process.parent.span_id:016x}" == PARENT
    for name in ("read", "companies", "events", "remember"):
        parent = found[name].parent
        assert parent is not None
        assert f"{parent.span_id:016x}" == hexadecimal(process), name

    detection = next(output for output in outputs if output.topic == DETECTIONS)
    assert (
        dict(detection.headers)["traceparent"] == f"00-{TRACE}-{hexadecimal(process)}-01".encode()
    )
    assert dict(detection.headers)["tracestate"] == b"a=b"
    spans.clear()
    outputs, rejected = parts.handle(made(detection), parts.relate_pair, "relations")
    assert not rejected
    relations = named(spans)["relations process"]
    assert relations.parent is not None
    assert f"{relations.parent.span_id:016x}" == hexadecimal(process)
    published = next(output for output in outputs if ".events." in output.topic)
    assert dict(published.headers)["traceparent"].split(b"-")[2].decode() == hexadecimal(relations)


def test_spans_hold_places_and_no_text(spans: InMemorySpanExporter) -> None:
    parts, _ = pipeline(traced(spans))
    parts.handle(event(RAW, b"a1", article(), HEADERS), parts.read_article, "articles")
    told = "".join(span.to_json() for span in spans.get_finished_spans())
    assert "satellites" not in told
    assert named(spans)["articles process"].attributes == {
        "messaging.system": "kafka",
        "messaging.destination.name": RAW,
        "messaging.destination.partition.id": 0,
        "messaging.kafka.offset": 7,
    }


def test_a_rejection_marks_its_span(spans: InMemorySpanExporter) -> None:
    parts, _ = pipeline(traced(spans))
    outputs, rejected = parts.handle(
        event(RAW, b"a1", b"no json", HEADERS), parts.read_article, "articles"
    )
    assert rejected
    span = named(spans)["articles process"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["frenemy.rejected.reason"] == "not_json"
    assert trace_id(list(outputs[0].headers)) == TRACE


def test_without_tracing_the_trace_goes_on_as_it_came() -> None:
    parts, _ = pipeline()
    outputs, _ = parts.handle(event(RAW, b"a1", article(), HEADERS), parts.read_article, "articles")
    for output in outputs:
        if not output.topic.endswith(".state"):
            assert dict(output.headers)["traceparent"] == HEADERS[0][1]


def test_without_tracing_nothing_is_made() -> None:
    off = Tracing()
    assert off.step("read") is None
    assert off.message("a", [], {}) is off.message("b", HEADERS, {})
    assert type(tracing.load(load({}, {}), "1")) is Tracing


def test_a_share_of_0_traces_only_what_carries_a_trace(spans: InMemorySpanExporter) -> None:
    parts, _ = pipeline(traced(spans, share=0.0))
    parts.handle(event(RAW, b"a1", article()), parts.read_article, "articles")
    assert not spans.get_finished_spans()
    parts.handle(event(RAW, b"a1", article(), HEADERS), parts.read_article, "articles")
    assert spans.get_finished_spans()


@pytest.mark.parametrize("wrong", [b"", b"00-xyz", b"00-" + b"g" * 32 + b"-" + b"1" * 16 + b"-01"])
def test_a_broken_traceparent_harms_nothing(spans: InMemorySpanExporter, wrong: bytes) -> None:
    parts, _ = pipeline(traced(spans))
    message = event(RAW, b"a1", article(), [("traceparent", wrong)])
    _, rejected = parts.handle(message, parts.read_article, "articles")
    assert not rejected
    assert trace_id([("traceparent", wrong)]) is None
    assert named(spans)["articles process"].parent is None


def test_a_collector_without_the_extra_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(TracingError, match=r"frenemy\[otel\]"):
        tracing.load(load({}, {"otlp_endpoint": "http://127.0.0.1:4318"}), "1")


def test_with_an_endpoint_spans_are_exported() -> None:
    made = tracing.load(load({}, {"otlp_endpoint": "http://127.0.0.1:4318"}), "1")
    assert isinstance(made, OpenTelemetry)
    made.close()


class Failing:
    """A finder whose error quotes the article."""

    def find(self, document: Document) -> list[Company]:
        raise ValueError(TEXT)


def test_no_log_line_holds_text_of_an_article(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    parts, _ = pipeline()
    outputs, _ = parts.handle(event(RAW, b"a1", article()), parts.read_article, "articles")
    for output in outputs:
        if output.topic == DETECTIONS:
            parts.handle(made(output), parts.relate_pair, "relations")
    for value in (article(published_at=TEXT), TEXT.encode(), article(url=TEXT), None):
        parts.handle(event(RAW, b"a1", value), parts.read_article, "articles")
    parts.handle(event(DETECTIONS, b"x", article()), parts.relate_pair, "relations")
    failing, _ = pipeline(finder=Failing())
    _, rejected = failing.handle(event(RAW, b"a1", article()), failing.read_article, "articles")
    assert rejected
    lines = [
        formatter.format(record)
        for record in caplog.records
        for formatter in (JsonFormatter(), ConsoleFormatter())
    ]
    assert not any("satellites" in line for line in lines)
    fields = [orjson.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert any("find (" in line.get("stack", "") for line in fields)
    events = [line for line in fields if line["message"].endswith(" event")]
    assert events
    assert all(line["article_id"] == "a1" and line["event_id"] and line["pair"] for line in events)
    assert all(line["topic"] and line["offset"] == 7 for line in fields)
