"""Writes what happened into the metrics. No text of an article becomes a label."""

from collections.abc import Callable, Iterable, Sequence
from time import time
from typing import Literal, get_args

from prometheus_client import Counter, Histogram

from streams.articles.identity import moment_of
from streams.articles.rejection import Reason
from streams.messages import SUBTYPES, Enriched, Event, EventType, Stance
from streams.relations.relate import Outcome
from streams.wire.metrics import Metrics
from streams.wire.outputs import Output
from streams.wire.watchlist import Watchlist

Exemplar = dict[str, str] | None
Revision = Literal["new", "correction", "withdrawal", "repeat", "outdated"]

LANGUAGES = ("en", "fr", "other")
STANCES: tuple[Stance, ...] = ("none", "allies", "rivals", "frenemies")
"""In the order of the values of `frenemy_watched_pair_stance`."""

ERRORS = {
    "KafkaTimeoutError": "timeout",
    "RequestTimedOutError": "timeout",
    "TimeoutError": "timeout",
    "NotEnoughReplicasError": "too_few_replicas",
    "NotEnoughReplicasAfterAppendError": "too_few_replicas",
    "TopicAuthorizationFailedError": "not_authorised",
    "ClusterAuthorizationFailedError": "not_authorised",
    "MessageSizeTooLargeError": "too_large",
    "RecordListTooLargeError": "too_large",
    "KafkaConnectionError": "connection",
    "NodeNotReadyError": "connection",
    "OSError": "connection",
    "ConnectionError": "connection",
    "UnknownTopicOrPartitionError": "no_topic",
    "KafkaStorageError": "storage",
}
OTHER = "other"


class Meter:
    """Counts articles, events, relations, rejections and outputs.

    Label values are made at the start, so that the first one counted is already an increase.
    """

    def __init__(self, metrics: Metrics, watchlist: Watchlist, label: Callable[[str], str]) -> None:
        """Write into `metrics`; `label` makes a metric label of a topic."""
        self._metrics = metrics
        self._watchlist = watchlist
        self._label = label
        self._children: dict[tuple[str, tuple[str, ...]], Counter] = {}
        self._confidence: dict[EventType, Histogram] = {}
        self._outputs: dict[str, tuple[Counter, Counter]] = {}
        self._article_bytes = metrics.histogram("article_bytes")
        self._article_companies = metrics.histogram("article_companies")
        self._age = metrics.histogram("publication_age_seconds")
        self._begin()

    def article(self, topic: str, value: bytes | None) -> None:
        """A raw article was read."""
        self._counter("articles", self._label(topic)).inc()
        self._article_bytes.observe(len(value or b""))

    def rekeyed(self) -> None:
        """A raw article goes round once more."""
        self._metrics.counter("rekeyed").inc()

    def enriched(self, enriched: Enriched, revision: Revision) -> None:
        """An article was enriched. Only its first reading counts towards what the news say."""
        self._counter("enriched", _language(enriched.lang)).inc()
        self._counter("revisions", revision).inc()
        if revision == "repeat":
            return
        self._article_companies.observe(len(enriched.companies))
        known = sum(company.known for company in enriched.companies)
        self._counter("companies", "true").inc(known)
        self._counter("companies", "false").inc(len(enriched.companies) - known)
        for company in enriched.companies:
            if company.id in self._watchlist.companies:
                self._counter("watched_company_articles", company.id).inc()
        if enriched.published_at is not None:
            self._age.observe(_age(enriched.published_at))

    def related(self, outcome: Outcome, exemplar: Exemplar = None) -> None:
        """A detection changed its pair: events, and perhaps a shift."""
        for event in outcome.events:
            self._event(event, exemplar)
        for shift in outcome.shifts:
            counter = self._metrics.counter("shifts").labels(shift.from_stance, shift.to_stance)
            counter.inc(exemplar=exemplar)

    def rejected(self, reason: str, exemplar: Exemplar = None) -> None:
        """A message became a dead letter."""
        self._counter("rejected", reason).inc(exemplar=exemplar)

    def outputs(self, outputs: Sequence[Output]) -> None:
        """Outputs are handed to the producer."""
        for output in outputs:
            counters = self._outputs.get(output.topic)
            if counters is None:
                topic = self._label(output.topic)
                counters = self._counter("outputs", topic), self._counter("output_bytes", topic)
                self._outputs[output.topic] = counters
            messages, size = counters
            messages.inc()
            size.inc(len(output.value or b""))

    def retried(self, error: str) -> None:
        """An output was not taken; `error` is the name of the exception's class."""
        self._counter("output_retries", ERRORS.get(error, OTHER)).inc()

    def _counter(self, name: str, *labels: str) -> Counter:
        """The counter with these label values; finding it takes as long as counting."""
        counter = self._children.get((name, labels))
        if counter is None:
            counter = self._metrics.counter(name).labels(*labels)
            self._children[name, labels] = counter
        return counter

    def _begin(self) -> None:
        known = ("true", "false")
        stances = [(a, b) for a in STANCES for b in STANCES if a != b]
        kinds = [
            (type_, subtype, "asserted", lang, "false")
            for type_, subtypes in SUBTYPES.items()
            for subtype in subtypes
            for lang in ("en", "fr")
        ]
        kinds += [
            (type_, subtypes[0], "asserted", "en", "true") for type_, subtypes in SUBTYPES.items()
        ]
        companies, pairs = self._watchlist.companies, self._watchlist.pairs
        values: dict[str, Iterable[tuple[str, ...]]] = {
            "rejected": [(reason.value,) for reason in Reason],
            "enriched": [(lang,) for lang in LANGUAGES],
            "revisions": [(kind,) for kind in get_args(Revision)],
            "companies": [(is_known,) for is_known in known],
            "output_retries": [(error,) for error in {*ERRORS.values(), OTHER}],
            "shifts": stances,
            "events": kinds,
            "first_reports": [(type_,) for type_ in SUBTYPES],
            "watched_company_articles": [(company,) for company in companies],
            "watched_company_events": [(c, type_) for c in companies for type_ in SUBTYPES],
            "watched_pair_events": [(pair, type_) for pair in pairs for type_ in SUBTYPES],
        }
        for name, combinations in values.items():
            for labels in combinations:
                self._metrics.counter(name).labels(*labels)
        for type_ in SUBTYPES:
            self._confidence[type_] = self._metrics.histogram("event_confidence_ratio").labels(
                type_
            )

    def _event(self, event: Event, exemplar: Exemplar) -> None:
        retracted = "true" if event.retracted else "false"
        lang = _language(event.article.lang)
        self._counter("events", event.type, event.subtype, event.status, lang, retracted).inc(
            exemplar=exemplar
        )
        if event.retracted:
            return
        self._confidence[event.type].observe(event.confidence, exemplar)
        if event.novelty is not None and event.novelty.rank == 1:
            self._counter("first_reports", event.type).inc(exemplar=exemplar)
        if event.article.published_at is not None:
            self._metrics.histogram("publication_to_event_seconds").observe(
                _age(event.article.published_at), exemplar
            )
        for participant in event.participants:
            if participant.id in self._watchlist.companies:
                self._counter("watched_company_events", participant.id, event.type).inc()
        if event.pair in self._watchlist.pairs:
            self._counter("watched_pair_events", event.pair, event.type).inc()


def _language(lang: str) -> str:
    return lang if lang in LANGUAGES else OTHER


def _age(published_at: str) -> float:
    return max(0.0, time() - moment_of(published_at).timestamp())
