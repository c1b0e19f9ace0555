"""A message that was turned away, with all that is needed to understand it and to send it again."""

import base64
from collections.abc import Iterable

import msgspec

from streams.articles.rejection import Rejection
from streams.messages import Rejected, Version
from streams.wire.envelope import Headers, header


def rejected(
    rejection: Rejection,
    *,
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    rejected_at: str,
    version: Version,
) -> Rejected:
    """The dead letter of a message; key, value and header values are base64 of the original bytes."""
    return Rejected(
        reason=rejection.reason.value,
        step=rejection.step,
        message=rejection.message,
        topic=topic,
        partition=partition,
        offset=offset,
        key=_base64(key),
        value=_base64(value),
        headers=tuple((name, _base64(data) or "") for name, data in headers),
        rejected_at=rejected_at,
        version=version,
    )


def encode(letter: Rejected) -> bytes:
    """The dead letter as JSON."""
    return msgspec.json.encode(letter)


def original(letter: Rejected) -> tuple[bytes | None, bytes | None, Headers]:
    """Key, value and headers as they were."""
    return (
        None if letter.key is None else base64.b64decode(letter.key),
        None if letter.value is None else base64.b64decode(letter.value),
        [(name, base64.b64decode(data)) for name, data in letter.headers],
    )


def extra_headers(letter: Rejected) -> Headers:
    """Headers that tell the story without decoding the value, in the manner of KIP-1034."""
    return [
        ("frenemy.reason", letter.reason.encode()),
        ("frenemy.step", letter.step.encode()),
        ("frenemy.topic", header(letter.topic)),
        ("frenemy.partition", str(letter.partition).encode()),
        ("frenemy.offset", str(letter.offset).encode()),
    ]


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
