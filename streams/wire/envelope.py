"""The outside of what is published: CloudEvents 1.0 headers in Kafka binary mode, and the trace."""

from collections.abc import Iterable, Mapping
from typing import Any

from faust.types import EventT

SPEC_VERSION = b"1.0"
CONTENT_TYPE = b"application/json"
TRACE_HEADERS = ("traceparent", "tracestate")
LONGEST_TRACE = 512
PRODUCED = "frenemy.produced"
"""Header of a detection: the broker's timestamp of its raw article, in milliseconds."""

Headers = list[tuple[str, bytes]]


def cloudevent(
    *,
    kind: str,
    id: str,
    source: str,
    subject: str,
    time: str,
    trace: Iterable[tuple[str, bytes]] = (),
) -> Headers:
    """Headers of one message; `kind` is its schema, such as `event`."""
    return [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", header(id)),
        ("ce_type", b"frenemy." + kind.encode()),
        ("ce_source", header(source)),
        ("ce_subject", header(subject)),
        ("ce_time", time.encode()),
        ("content-type", CONTENT_TYPE),
        *trace,
    ]


def header(value: str) -> bytes:
    """A header value; characters outside printable ASCII are percent-encoded, as CloudEvents asks."""
    if (
        value.isascii()
        and value.isprintable()
        and "%" not in value
        and " " not in value
        and '"' not in value
    ):
        return value.encode()
    return "".join(
        c
        if "!" <= c <= "~" and c not in '"%'
        else "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace"))
        for c in value
    ).encode()


def trace_of(headers: Mapping[str, bytes] | Iterable[tuple[str, bytes]] | None) -> Headers:
    """The trace headers (W3C Trace Context) of a message, to go on to all that comes of it."""
    if not headers:
        return []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [
        (name, value)
        for name, value in pairs
        if name in TRACE_HEADERS and isinstance(value, bytes) and len(value) <= LONGEST_TRACE
    ]


def headers_of(event: EventT[Any]) -> Headers:
    """The headers of a message that Faust handed over."""
    headers: Any = event.message.headers
    if not headers:
        return []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(str(name), bytes(value or b"")) for name, value in pairs]
