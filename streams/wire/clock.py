"""The one clock."""

from datetime import UTC, datetime

from streams.articles.identity import rfc3339


def now() -> str:
    """The time, RFC 3339 in UTC, to the millisecond."""
    return rfc3339(datetime.now(UTC))


def rfc3339_ms(milliseconds: int) -> str:
    """A Kafka timestamp as RFC 3339 in UTC."""
    return rfc3339(datetime.fromtimestamp(milliseconds / 1_000, UTC))
