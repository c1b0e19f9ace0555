"""The agents: what comes of each message. One wrapper, `Pipeline.handle`, is the only place that catches."""

import logging
from collections.abc import Callable, Sequence
from time import perf_counter, time
from typing import Any

import msgspec
from aiokafka.partitioner import murmur2
from faust.types import EventT

from streams.articles import identity
from streams.articles.enrich import Analyst, read
from streams.articles.memory import ArticleState, remember
from streams.articles.rejection import Reason, Rejection
from streams.contract import topics
from streams.messages import Detection, Enriched, Event, Message
from streams.relations.relate import Outcome, Rules, relate
from streams.relations.state import PairState
from streams.wire import dead_letters
from streams.wire.clock import now, rfc3339_ms
from streams.wire.delivery import Output
from streams.wire.envelope import Headers, cloudevent, trace_of
from streams.wire.metrics import Metrics
from streams.wire.settings import Settings
from streams.wire.tables import ChangeCollector, DeliveredTable

log = logging.getLogger(__name__)

Step = Callable[[EventT[Any]], Sequence[Output]]

_encoder = msgspec.json.Encoder()
_article_states = msgspec.json.Decoder(ArticleState)
_pair_states = msgspec.json.Decoder(PairState)
_detections = msgspec.json.Decoder(Detection)


class Pipeline:
    """The steps of both agents, from a message to its outputs."""

    def __init__(
        self,
        settings: Settings,
        analyst: Analyst,
        metrics: Metrics,
        changes: ChangeCollector,
        articles: DeliveredTable,
        pairs: DeliveredTable,
        partitions: int,
    ) -> None:
        self._settings = settings
        self.analyst = analyst
        self._metrics = metrics
        self._changes = changes
        self._articles = articles
        self._pairs = pairs
        self._partitions = partitions
        self._source = f"/frenemy/{settings.prefix}"
        self._rules = Rules(
            half_life_days=settings.half_life_days, memory_days=settings.memory_days
        )
        declared = topics()
        self._topic = {handle: settings.topic(t.name) for handle, t in declared.items()}
        self._largest = {handle: t.max_message_bytes - 4_096 for handle, t in declared.items()}

    def handle(self, event: EventT[Any], step: Step, name: str) -> tuple[Sequence[Output], bool]:
        """Outputs of a message, its table changes among them, and whether it was rejected.

        Nothing may leave an agent: Faust would acknowledge the message and forget it.
        """
        begin = perf_counter()
        rejection: Rejection | None = None
        outputs: Sequence[Output] = ()
        with self._changes.collecting() as changes:
            try:
                outputs = step(event)
            except Rejection as error:
                rejection = error
            except Exception as error:  # noqa: BLE001 - the one place: a fault becomes a dead letter, not a loss
                log.exception("the step %s failed on %s", name, _where(event))
                rejection = Rejection(
                    Reason.INTERNAL_ERROR, name, f"The program failed ({type(error).__name__})."
                )
        self._metrics.histogram("step_seconds").labels(name).observe(perf_counter() - begin)
        if rejection is not None:
            return self.reject(event, rejection), True
        return (*changes, *outputs), False

    def reject(self, event: EventT[Any], rejection: Rejection) -> Sequence[Output]:
        """The dead letter of a message."""
        message = event.message
        headers = _headers(event)
        letter = dead_letters.rejected(
            rejection,
            topic=message.topic,
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value,
            headers=headers,
            rejected_at=now(),
            version=self.analyst.version,
        )
        log.info("rejected %s: %s (%s)", _where(event), rejection.reason, rejection.detail)
        self._metrics.counter("rejected").labels(letter.reason, letter.step).inc()
        place = f"{message.topic}/{message.partition}/{message.offset}"
        return (
            Output(
                topic=self._topic["articles_rejected"],
                key=message.key,
                value=dead_letters.encode(letter),
                headers=[
                    *self._cloudevent("rejected", place, place, letter.rejected_at, headers),
                    *dead_letters.extra_headers(letter),
                ],
            ),
        )

    def when_too_large(self, event: EventT[Any], name: str) -> Callable[[], Sequence[Output]]:
        """What to publish where the broker does not take an output of the message because of its size."""
        return lambda: self.reject(
            event,
            Rejection(Reason.RESULT_TOO_LARGE, name, "The broker refused an output by its size."),
        )

    def read_article(self, event: EventT[Any]) -> Sequence[Output]:
        """ARTICLES: a raw article to an enriched one, and to what it says of each pair."""
        message = event.message
        self._metrics.counter("articles").labels(_tail(message.topic, self._settings)).inc()
        article = read(message.value, self.analyst.limits)
        key = article.id.encode()
        headers = _headers(event)
        timestamp_ms = int(message.timestamp * 1_000)
        if self._home(key) != message.partition:
            self._metrics.counter("rekeyed").inc()
            return (
                Output(
                    topic=self._topic["articles_rekeyed"],
                    key=key,
                    value=message.value,
                    headers=headers,
                    timestamp_ms=timestamp_ms,
                ),
            )
        processed_at = now()
        enriched = self.analyst.enrich_article(article, processed_at)
        value = _encoder.encode(enriched)
        if len(value) > self._largest["articles_enriched"]:
            raise Rejection(
                Reason.RESULT_TOO_LARGE, "enrich", f"The enriched article has {len(value)} bytes."
            )
        known = self._articles.get(key)
        state, detections = remember(
            None if known is None else _article_states.decode(known),
            enriched,
            timestamp_ms,
            article.published_at or rfc3339_ms(timestamp_ms),
        )
        self._articles[key] = _encoder.encode(state)
        self._count_article(enriched)
        outputs = [
            Output(
                topic=self._topic["articles_enriched"],
                key=key,
                value=value,
                headers=self._cloudevent(
                    "enriched", article.content_hash, article.id, processed_at, headers
                ),
            )
        ]
        outputs.extend(
            self._output(
                "detections",
                "detection",
                d.pair,
                d,
                f"{d.article_id}/{d.pair}",
                processed_at,
                headers,
            )
            for d in detections
        )
        return outputs

    def relate_pair(self, event: EventT[Any]) -> Sequence[Output]:
        """RELATIONS: what an article says of a pair to events, the relation and its shifts."""
        message = event.message
        try:
            detection = _detections.decode(message.value or b"")
        except msgspec.DecodeError as error:
            raise Rejection(Reason.BAD_DETECTION, "relate", f"Not a detection: {error}.") from None
        key = detection.pair.encode()
        if message.key != key:
            raise Rejection(Reason.BAD_DETECTION, "relate", "The key is not the pair.")
        known = self._pairs.get(key)
        state = None if known is None else _pair_states.decode(known)
        outcome = relate(state, detection, self._rules)
        if outcome.state is not state:
            self._pairs[key] = _encoder.encode(outcome.state)
        return self._publish(outcome, _headers(event))

    def _publish(self, outcome: Outcome, headers: Headers) -> Sequence[Output]:
        outputs: list[Output] = []
        for found in outcome.events:
            self._count_event(found)
            handle = f"events_{found.type}"
            outputs.append(
                self._output(
                    handle, "event", found.pair, found, found.event_id, found.detected_at, headers
                )
            )
        if outcome.relation is not None:
            relation = outcome.relation
            outputs.append(
                self._output(
                    "relations",
                    "relation",
                    relation.pair,
                    relation,
                    f"{relation.pair}/{relation.last_seen}",
                    relation.last_seen,
                    headers,
                )
            )
        for shift in outcome.shifts:
            self._metrics.counter("shifts").labels(shift.from_stance, shift.to_stance).inc()
            outputs.append(
                self._output(
                    "relations_shifts",
                    "shift",
                    shift.pair,
                    shift,
                    shift.shift_id,
                    shift.shifted_at,
                    headers,
                )
            )
        return outputs

    def _output(
        self, handle: str, kind: str, key: str, body: Message, id: str, at: str, headers: Headers
    ) -> Output:
        return Output(
            topic=self._topic[handle],
            key=key.encode(),
            value=_encoder.encode(body),
            headers=self._cloudevent(kind, id, key, at, headers),
        )

    def _cloudevent(self, kind: str, id: str, subject: str, at: str, headers: Headers) -> Headers:
        return cloudevent(
            kind=kind, id=id, source=self._source, subject=subject, time=at, trace=trace_of(headers)
        )

    def _home(self, key: bytes) -> int:
        """The partition where all revisions of an article meet."""
        return int((murmur2(key) & 0x7FFFFFFF) % self._partitions)

    def _count_article(self, enriched: Enriched) -> None:
        lang = enriched.lang if enriched.lang in ("en", "fr") else "other"
        self._metrics.counter("enriched").labels(lang).inc()
        for company in enriched.companies:
            self._metrics.counter("companies").labels("true" if company.known else "false").inc()
        if enriched.published_at is not None:
            age = time() - identity.moment_of(enriched.published_at).timestamp()
            self._metrics.histogram("publication_age_seconds").observe(max(0.0, age))

    def _count_event(self, found: Event) -> None:
        lang = found.article.lang
        self._metrics.counter("events").labels(
            found.type, found.subtype, found.status, lang, "true" if found.retracted else "false"
        ).inc()
        self._metrics.histogram("event_confidence").labels(found.type).observe(found.confidence)
        if found.novelty is not None and found.novelty.rank == 1 and not found.retracted:
            self._metrics.counter("first_reports").labels(found.type).inc()


def _headers(event: EventT[Any]) -> Headers:
    headers: Any = event.message.headers
    if not headers:
        return []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(str(name), bytes(value or b"")) for name, value in pairs]


def _where(event: EventT[Any]) -> str:
    message = event.message
    return f"{message.topic}/{message.partition}/{message.offset}"


def _tail(topic: str, settings: Settings) -> str:
    return topic.removeprefix(settings.prefix + ".")
