"""Every metric, declared once: name, type, unit, labels, meaning, and what to do when it moves.

Labels come from closed sets alone; nothing from an article becomes one.
"""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

STEP_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
THROUGH_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
AGE_BUCKETS = (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0)
SHARE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: what it counts or measures, and what to do when it moves."""

    name: str
    kind: type[Counter] | type[Gauge] | type[Histogram]
    help: str
    cure: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = field(default=())


DECLARED: tuple[Metric, ...] = (
    Metric(
        "frenemy_articles_total",
        Counter,
        "Raw articles read, by topic.",
        "Falls to nothing: producers stopped, or the worker has no partitions (see frenemy_partitions).",
        ("topic",),
    ),
    Metric(
        "frenemy_enriched_total",
        Counter,
        "Articles enriched, by language (en, fr, other).",
        "Lower than articles read: see frenemy_rejected_total and frenemy_in_flight_messages.",
        ("lang",),
    ),
    Metric(
        "frenemy_rekeyed_total",
        Counter,
        "Raw articles sent once more because they were not keyed by their id.",
        "Key raw articles by article id to save this hop.",
    ),
    Metric(
        "frenemy_rejected_total",
        Counter,
        "Messages rejected, by reason and step.",
        "Rises: `frenemy rejected list` says which and what their producers should do.",
        ("reason", "step"),
    ),
    Metric(
        "frenemy_companies_total",
        Counter,
        "Companies found in articles, by whether the registry knows them.",
        "The unknown share rises: new names are in the news, add them with `frenemy companies`.",
        ("known",),
    ),
    Metric(
        "frenemy_events_total",
        Counter,
        "Events published, by type, subtype, status, language, and whether they were retracted.",
        "Falls while articles flow: compare the language mix and the model version.",
        ("type", "subtype", "status", "lang", "retracted"),
    ),
    Metric(
        "frenemy_event_confidence",
        Histogram,
        "Confidence of published events, by type.",
        "Shifts downwards: the news differ from what the model was trained on.",
        ("type",),
        SHARE_BUCKETS,
    ),
    Metric(
        "frenemy_first_reports_total",
        Counter,
        "Events that are the first report of their story, by type.",
        "For analysts: what is new.",
        ("type",),
    ),
    Metric(
        "frenemy_shifts_total",
        Counter,
        "Changes of stance, from one to another.",
        "For analysts: who became rivals, allies or both.",
        ("from_stance", "to_stance"),
    ),
    Metric(
        "frenemy_step_seconds",
        Histogram,
        "Time a step takes for one message.",
        "Rises: articles grew, or the machine is short of processor time.",
        ("step",),
        STEP_BUCKETS,
    ),
    Metric(
        "frenemy_through_seconds",
        Histogram,
        "Time from the broker's timestamp of a message to the acknowledgement of all its outputs, by agent.",
        "Rises: lag (see frenemy_lag_messages) or a slow broker.",
        ("agent",),
        THROUGH_BUCKETS,
    ),
    Metric(
        "frenemy_publication_age_seconds",
        Histogram,
        "Age of articles by published_at when they are enriched.",
        "Rises: producers deliver late, or an archive is replayed.",
        (),
        AGE_BUCKETS,
    ),
    Metric(
        "frenemy_lag_messages",
        Gauge,
        "Messages on the worker's partitions that are not processed yet, by topic.",
        "Grows: add workers, up to the number of partitions.",
        ("topic",),
    ),
    Metric(
        "frenemy_lag_seconds",
        Gauge,
        "Age of the last processed message where messages wait, else 0, by topic.",
        "Grows: add workers, or find what stalls this one (frenemy_in_flight_messages, broker).",
        ("topic",),
    ),
    Metric(
        "frenemy_last_progress_timestamp_seconds",
        Gauge,
        "When a message was last finished, by agent.",
        "Old while lag is above 0: the worker is stalled and will leave; see its log.",
        ("agent",),
    ),
    Metric(
        "frenemy_in_flight_messages",
        Gauge,
        "Messages whose outputs are not all acknowledged.",
        "At FRENEMY_IN_FLIGHT: the broker is slow or refuses outputs.",
    ),
    Metric(
        "frenemy_output_retries_total",
        Counter,
        "Outputs that the broker did not take and that are sent again, by error.",
        "Rises: broker down, disk full, or missing rights; the log names topic and error.",
        ("error",),
    ),
    Metric(
        "frenemy_table_entries",
        Gauge,
        "Entries of a table on this worker.",
        "Grows without bound: lower FRENEMY_MEMORY_DAYS or set FRENEMY_STORE=rocksdb.",
        ("table",),
    ),
    Metric(
        "frenemy_partitions",
        Gauge,
        "Partitions assigned to this worker, by topic.",
        "0 on a worker: more workers than partitions, or it is joining the group.",
        ("topic",),
    ),
    Metric(
        "frenemy_rebalances_total",
        Counter,
        "Times partitions were assigned to this worker.",
        "Rises steadily: workers die or are too slow to stay in the group.",
    ),
    Metric(
        "frenemy_build_info",
        Gauge,
        "Always 1; program, registry and model versions as labels.",
        "Differs between workers: an upgrade is half done.",
        ("program", "registry", "model"),
    ),
)


class Metrics:
    """The declared metrics on a registry of their own; attributes carry the names without prefix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._all: dict[str, Counter | Gauge | Histogram] = {}
        for metric in DECLARED:
            if metric.kind is Histogram:
                made: Counter | Gauge | Histogram = Histogram(
                    metric.name,
                    metric.help,
                    metric.labels,
                    registry=self.registry,
                    buckets=metric.buckets,
                )
            else:
                made = metric.kind(metric.name, metric.help, metric.labels, registry=self.registry)
            self._all[metric.name] = made

    def counter(self, name: str) -> Counter:
        """The counter `frenemy_<name>_total`."""
        made = self._all[f"frenemy_{name}_total"]
        if not isinstance(made, Counter):
            raise TypeError(name)
        return made

    def gauge(self, name: str) -> Gauge:
        """The gauge `frenemy_<name>`."""
        made = self._all[f"frenemy_{name}"]
        if not isinstance(made, Gauge):
            raise TypeError(name)
        return made

    def histogram(self, name: str) -> Histogram:
        """The histogram `frenemy_<name>`."""
        made = self._all[f"frenemy_{name}"]
        if not isinstance(made, Histogram):
            raise TypeError(name)
        return made
