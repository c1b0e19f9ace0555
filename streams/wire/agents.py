"""The agents: what comes of each message. One wrapper, `Pipeline.handle`, is the only place that catches."""

import logging
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import msgspec
from aiokafka.partitioner import murmur2
from faust.types import EventT

from streams.articles import memory
from streams.articles.companies.registry import Registry
from streams.articles.enrich import Analyst, read
from streams.articles.rejection import Reason, Rejection
from streams.contract import topics
from streams.messages import Detection, Enriched, Feedback, Undecodable, decoded
from streams.relations import detections
from streams.relations import state as pair_state
from streams.relations.relate import Outcome, judge, relate
from streams.relations.rules import Rules
from streams.relations.verdicts import checked
from streams.wire import dead_letters, registry_updates
from streams.wire.census import Census
from streams.wire.clock import now, rfc3339_ms
from streams.wire.envelope import PRODUCED, headers_of
from streams.wire.forgetting import Forgetting
from streams.wire.logs import frames, ids
from streams.wire.meter import Meter, Revision
from streams.wire.metrics import Metrics
from streams.wire.outputs import Output, Outputs
from streams.wire.settings import Settings
from streams.wire.steps import Steps
from streams.wire.tables import ChangeCollector, DeliveredTable
from streams.wire.tracing import Tracing, exemplar, trace_id
from streams.wire.watchlist import Watchlist

log = logging.getLogger(__name__)

Step = Callable[[EventT[Any]], Sequence[Output]]

_encoder = msgspec.json.Encoder()


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
        tracing: Tracing,
    ) -> None:
        self._settings = settings
        self._tracing = tracing
        self._steps = Steps(metrics, tracing)
        self.analyst = analyst
        watchlist = Watchlist.of(settings)
        self.meter = Meter(metrics, watchlist, settings.tail)
        self._seconds = metrics.histogram("agent_seconds")
        self._changes = changes
        self._articles = articles
        self._pairs = pairs
        self._partitions = partitions
        self._forgetting = Forgetting(articles, settings.memory_days, self._home)
        self._outputs = Outputs(settings, tracing)
        self._topic = self._outputs.topic
        self._rules = Rules(
            half_life_days=settings.half_life_days,
            memory_days=settings.memory_days,
            most_articles=settings.pair_articles,
        )
        self.census = Census(metrics, watchlist, self._rules)
        declared = topics()
        self._largest = {handle: t.max_message_bytes - 4_096 for handle, t in declared.items()}

    @property
    def analyst(self) -> Analyst:
        """What articles are read with; its steps are measured."""
        return self._analyst

    @analyst.setter
    def analyst(self, analyst: Analyst) -> None:
        self._analyst = self._steps.watch(analyst)

    async def count_pairs(self) -> None:
        """Count the pairs of this worker's partitions anew."""
        self.census.forget()
        pairs = list(self._pairs.keys())
        await self.census.count(
            (pair, state) for pair in pairs if (state := self._pairs.get(pair)) is not None
        )

    def handle(self, event: EventT[Any], step: Step, name: str) -> tuple[Sequence[Output], bool]:
        """Outputs of a message, its table changes among them, and whether it was rejected.

        Nothing may leave an agent: Faust would acknowledge the message and forget it.
        """
        begin = perf_counter()
        rejection: Rejection | None = None
        outputs: Sequence[Output] = ()
        message = event.message
        place: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.destination.name": message.topic,
            "messaging.destination.partition.id": message.partition,
            "messaging.kafka.offset": message.offset,
        }
        with (
            self._changes.collecting() as changes,
            self._tracing.message(name, headers_of(event), place) as span,
        ):
            try:
                made = step(event)
                outputs = (*changes, *made)
            except Rejection as error:
                rejection = error
            except Exception as error:  # noqa: BLE001 - the one place: a fault becomes a dead letter, not a loss
                # Without the text of the error, which may quote the article.
                log.error(
                    "the agent %s failed (%s)",
                    name,
                    type(error).__name__,
                    extra=_ids(event, stack=frames(error)),
                )
                rejection = Rejection(
                    Reason.INTERNAL_ERROR, name, f"The program failed ({type(error).__name__})."
                )
            if rejection is not None:
                span.rejected(rejection.reason)
                outputs = self.reject(event, rejection)
        self._seconds.labels(name).observe(perf_counter() - begin)
        self.meter.outputs(outputs)
        return outputs, rejection is not None

    def reject(self, event: EventT[Any], rejection: Rejection) -> Sequence[Output]:
        """The dead letter of a message."""
        message = event.message
        headers = headers_of(event)
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
        log.info("rejected: %s (%s)", rejection.reason, rejection.detail, extra=_ids(event))
        self.meter.rejected(letter.reason, exemplar(event))
        place = f"{message.topic}/{message.partition}/{message.offset}"
        return (
            Output(
                topic=self._topic["articles_rejected"],
                key=message.key,
                value=dead_letters.encode(letter),
                headers=[
                    *self._outputs.cloudevent(
                        "rejected", place, place, letter.rejected_at, headers
                    ),
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
        self.meter.article(message.topic, message.value)
        with self._steps("read"):
            article = read(message.value, self.analyst.limits)
        key = article.id.encode()
        headers = headers_of(event)
        timestamp_ms = int(message.timestamp * 1_000)
        if self._home(key) != message.partition:
            self.meter.rekeyed()
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
        with self._steps("remember"):
            known = self._articles.get(key)
            before = None if known is None else memory.decode(known)
            after, detections = memory.remember(before, enriched, timestamp_ms)
            # Written even where it is as before: what made it so may have been taken in before a
            # rebalance and never delivered.
            self._articles[key] = memory.encode(after)
            self._forgetting.look(message.partition, timestamp_ms)
        revision = _revision(before, after, enriched)
        self.meter.enriched(enriched, revision)
        log.debug("enriched", extra=_ids(event, article_id=article.id, revision=revision))
        outputs = [
            Output(
                topic=self._topic["articles_enriched"],
                key=key,
                value=value,
                headers=self._outputs.cloudevent(
                    "enriched", article.content_hash, article.id, processed_at, headers
                ),
                # An article that its topic refuses ends rejected: nothing may have come of it.
                gate=True,
            )
        ]
        produced = (PRODUCED, str(timestamp_ms).encode())
        outputs.extend(
            self._outputs.message(
                "detections",
                "detection",
                d.pair,
                d,
                f"{d.article_id}/{d.pair}",
                processed_at,
                headers,
                produced,
            )
            for d in detections
        )
        return outputs

    def check_company(self, event: EventT[Any], registry: Registry) -> Sequence[Output]:
        """COMPANIES: turn a bad change of the registry away. Each worker takes good ones in by itself."""
        registry_updates.check(registry, event.message.key, event.message.value)
        return ()

    def relate_pair(self, event: EventT[Any]) -> Sequence[Output]:
        """RELATIONS: what an article or a reader says of a pair to events, relation, shifts."""
        topic = event.message.topic
        if topic == self._topic["feedback"]:
            return self._rekey_feedback(event)
        if topic == self._topic["feedback_rekeyed"]:
            verdict = self._verdict(event)
            return self._take_in(event, verdict.pair, lambda s: judge(s, verdict, self._rules))
        try:
            detection = detections.checked(decoded(event.message.value, Detection))
        except ValueError as error:
            raise Rejection(Reason.BAD_DETECTION, "relate", f"Not a detection: {error}.") from None
        if event.message.key != detection.pair.encode():
            raise Rejection(Reason.BAD_DETECTION, "relate", "The key is not the pair.")
        return self._take_in(
            event,
            detection.pair,
            lambda s: relate(s, detection, self._rules),
            article_id=detection.article_id,
        )

    def _take_in(
        self,
        event: EventT[Any],
        pair: str,
        step: Callable[[pair_state.PairState | None], Outcome],
        **ids: str,
    ) -> Sequence[Output]:
        key = pair.encode()
        with self._steps("relate"):
            known = self._pairs.get(key)
            before = None if known is None else pair_state.decode(known)
            outcome = step(before)
            self._pairs[key] = pair_state.encode(outcome.state)
        if outcome.state is not before:
            self._tell(event, outcome, pair=pair, **ids)
        return self._outputs.of(outcome, headers_of(event))

    def _rekey_feedback(self, event: EventT[Any]) -> Sequence[Output]:
        """A verdict sent on to where its pair is kept, with the time it came if it says none."""
        timestamp_ms = max(0, int(event.message.timestamp * 1_000))
        verdict = self._verdict(event)
        if verdict.given_at is None:
            verdict = msgspec.structs.replace(verdict, given_at=rfc3339_ms(timestamp_ms))
        return (
            self._outputs.message(
                "feedback_rekeyed",
                "feedback",
                verdict.pair,
                verdict,
                verdict.event_id,
                verdict.given_at or "",
                headers_of(event),
            ),
        )

    def _verdict(self, event: EventT[Any]) -> Feedback:
        """A verdict that can be applied.

        Raises:
            Rejection: where the message is none.
        """
        try:
            return checked(decoded(event.message.value, Feedback))
        except Undecodable as error:
            raise Rejection(Reason.BAD_FEEDBACK, "judge", f"Not feedback: {error}.") from None
        except ValueError as error:
            raise Rejection(Reason.BAD_FEEDBACK, "judge", f"{error}.") from None

    def _tell(self, event: EventT[Any], outcome: Outcome, **known: str) -> None:
        """Count and log what is new; a message that comes again is neither."""
        self.meter.related(outcome, exemplar(event))
        state = outcome.state
        self.census.note(state.pair.encode(), state.stance, outcome.relation)
        for shift in outcome.shifts:
            log.info(
                "shift from %s to %s",
                shift.from_stance,
                shift.to_stance,
                extra=_ids(event, **known, event_id=shift.event.event_id, shift_id=shift.shift_id),
            )
        if log.isEnabledFor(logging.DEBUG):
            for found in outcome.events:
                log.debug(
                    "%s event", found.type, extra=_ids(event, **known, event_id=found.event_id)
                )

    def _home(self, key: bytes) -> int:
        """The partition where all revisions of an article meet."""
        return int((murmur2(key) & 0x7FFFFFFF) % self._partitions)


def _revision(
    before: memory.ArticleState | None, after: memory.ArticleState, enriched: Enriched
) -> Revision:
    if before is not None and before.revision == after.revision:
        return "outdated" if after is before else "repeat"
    if enriched.deleted:
        return "withdrawal"
    return "new" if before is None else "correction"


def _ids(event: EventT[Any], **more: str) -> dict[str, object]:
    """What leads from a log line to the message, and through its trace to all that came of it."""
    message = event.message
    trace = trace_id(headers_of(event))
    return ids(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        **({} if trace is None else {"trace_id": trace}),
        **more,
    )
