"""What is published: messages with their topics, keys and CloudEvents headers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from streams.contract import topics
from streams.messages import Message
from streams.relations.relate import Outcome
from streams.wire.envelope import Headers, cloudevent
from streams.wire.settings import Settings
from streams.wire.tracing import Tracing

_encoder = msgspec.json.Encoder()


class Acknowledged(Protocol):
    """Where an output came to lie."""

    @property
    def offset(self) -> int:
        """Offset in its partition."""


@dataclass(frozen=True, slots=True)
class Output:
    """One message to publish.

    `partition` None leaves it to the key. Where `gate` is set, the outputs behind it are sent only once the
    broker has this one: what it refuses must not have consequences.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None
    timestamp_ms: int | None = None
    on_acknowledged: Callable[[Acknowledged], None] | None = None
    gate: bool = False


class Outputs:
    """Makes the outputs of a prefix. `topic` is the name of a topic by its handle."""

    def __init__(self, settings: Settings, tracing: Tracing) -> None:
        self.topic = {handle: settings.topic(t.name) for handle, t in topics().items()}
        self._tracing = tracing
        self._source = f"/frenemy/{settings.prefix}"

    def message(
        self,
        handle: str,
        kind: str,
        key: str,
        body: Message,
        id: str,
        at: str,
        headers: Headers,
        *more: tuple[str, bytes],
    ) -> Output:
        """A message of ours; `headers` are those of the message it comes of."""
        return Output(
            topic=self.topic[handle],
            key=key.encode(),
            value=_encoder.encode(body),
            headers=[*self.cloudevent(kind, id, key, at, headers), *more],
        )

    def cloudevent(self, kind: str, id: str, subject: str, at: str, headers: Headers) -> Headers:
        """Headers of a message that comes of one with these headers, and the trace onward."""
        return cloudevent(
            kind=kind,
            id=id,
            source=self._source,
            subject=subject,
            time=at,
            trace=self._tracing.onward(headers),
        )

    def of(self, outcome: Outcome, headers: Headers) -> Sequence[Output]:
        """Events, relation and shifts that came of a message with these headers."""
        made = [
            self.message(f"events_{e.type}", "event", e.pair, e, e.event_id, e.detected_at, headers)
            for e in outcome.events
        ]
        if outcome.relation is not None:
            r = outcome.relation
            id = f"{r.pair}/{r.last_seen}"
            made.append(self.message("relations", "relation", r.pair, r, id, r.last_seen, headers))
        made.extend(
            self.message("relations_shifts", "shift", s.pair, s, s.shift_id, s.shifted_at, headers)
            for s in outcome.shifts
        )
        return made
