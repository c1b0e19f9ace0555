"""A message that was turned away, with all that is needed to understand it and to send it again."""

import base64
import binascii
from collections.abc import Iterable

import msgspec

from streams.articles.rejection import Rejection
from streams.messages import Rejected, Undecodable, Version, decoded
from streams.wire.envelope import Headers, header

REPLAYS = "frenemy.replays"
"""Header of a message that was sent again: how often so far. It comes back in its next dead letter."""
MOST_REPLAYS = 1_000_000


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


def decode(data: bytes) -> Rejected:
    """The dead letter that `encode` wrote, its base64 checked.

    Raises:
        ValueError: where it is none.
    """
    try:
        letter = decoded(data, Rejected)
        original(letter)
    except (Undecodable, binascii.Error) as error:
        raise ValueError(f"not a dead letter ({type(error).__name__})") from None
    return letter


def original(letter: Rejected) -> tuple[bytes | None, bytes | None, Headers]:
    """Key, value and headers as they were.

    Raises:
        binascii.Error: where they are not base64.
    """
    return (
        None if letter.key is None else base64.b64decode(letter.key, validate=True),
        None if letter.value is None else base64.b64decode(letter.value, validate=True),
        [(name, base64.b64decode(data, validate=True)) for name, data in letter.headers],
    )


def replays(headers: Iterable[tuple[str, bytes]]) -> int:
    """How often a message was sent again, 0 where its headers do not say."""
    for name, data in headers:
        if name == REPLAYS and data.isdigit() and len(data) < len(str(MOST_REPLAYS)):
            return int(data)
    return 0


def marked(headers: Iterable[tuple[str, bytes]], count: int) -> Headers:
    """Headers of a message that is sent again for the `count`-th time: all others stay as they were."""
    kept = [(name, data) for name, data in headers if name != REPLAYS]
    return [*kept, (REPLAYS, str(count).encode())]


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
