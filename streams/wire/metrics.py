"""Every metric, declared once: name, type, labels, meaning, and what to do when it moves.

Names carry their unit (`_seconds`, `_bytes`, `_messages`, `_ratio`; counters end in `_total`).
Labels come from closed sets and from the watch-list alone; nothing else of an article becomes one.
`deploy/METRICS.md` is made from this file.
"""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

# Each lies around what was measured: a step takes 5 us to 3 ms, an idle system lets a message
# through in 10 ms, news is minutes to days old when it arrives.
STEP_BUCKETS = (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.025, 0.1, 0.5)
THROUGH_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
AGE_BUCKETS = (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0)
SHARE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
BYTES_BUCKETS = (
    512.0,
    1_024.0,
    2_048.0,
    4_096.0,
    8_192.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
)
COUNT_BUCKETS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0)

MOST_SERIES = 2_000
"""Most series that one worker may expose, whatever articles hold; a test and an alert watch it."""


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
    # Articles
    Metric(
        "frenemy_articles_total",
        Counter,
        "Raw articles read, by topic.",
        "Falls to nothing: producers stopped, or no partitions are assigned (frenemy_partitions).",
        ("topic",),
    ),
    Metric(
        "frenemy_article_bytes",
        Histogram,
        "Size of raw articles as they lie on the topic.",
        "Rises: producers send page furniture; the time of a step rises with it.",
        (),
        BYTES_BUCKETS,
    ),
    Metric(
        "frenemy_enriched_total",
        Counter,
        "Articles enriched, by language (en, fr, other).",
        "Lower than articles read: see frenemy_rejected_total and frenemy_in_flight_messages.",
        ("lang",),
    ),
    Metric(
        "frenemy_revisions_total",
        Counter,
        "Articles by what they are to their id: new, correction, withdrawal, repeat, outdated.",
        "Repeats rise: a producer sends twice, or workers are killed and read again.",
        ("kind",),
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
        "Messages rejected, by reason.",
        "Rises: `frenemy rejected list` says which and what their producers should do.",
        ("reason",),
    ),
    Metric(
        "frenemy_publication_age_seconds",
        Histogram,
        "Age of articles by published_at when they are enriched.",
        "Rises: producers deliver late, or an archive is replayed.",
        (),
        AGE_BUCKETS,
    ),
    # What they say
    Metric(
        "frenemy_companies_total",
        Counter,
        "Companies found in articles, by whether the registry knows them.",
        "The unknown share rises: new names are in the news, add them with `frenemy companies`.",
        ("known",),
    ),
    Metric(
        "frenemy_article_companies",
        Histogram,
        "Companies of an article.",
        "Falls: texts are cut short, or the finder misses names of a new source.",
        (),
        COUNT_BUCKETS,
    ),
    Metric(
        "frenemy_events_total",
        Counter,
        "Events published, by type, subtype, status, language, and whether they were retracted.",
        "Falls while articles flow: compare the language mix and the model version.",
        ("type", "subtype", "status", "lang", "retracted"),
    ),
    Metric(
        "frenemy_event_confidence_ratio",
        Histogram,
        "Confidence of published events, from 0 to 1, by type.",
        "Shifts downwards: the news differ from what the model was trained on.",
        ("type",),
        SHARE_BUCKETS,
    ),
    Metric(
        "frenemy_first_reports_total",
        Counter,
        "Events that are the first report of their story, by type.",
        "For analysts: what is new. The share of events falls when one story fills the news.",
        ("type",),
    ),
    Metric(
        "frenemy_relations",
        Gauge,
        "Pairs on this worker's partitions, by the stance they have now.",
        "Falls at once: partitions moved; over all workers it hardly falls.",
        ("stance",),
    ),
    Metric(
        "frenemy_shifts_total",
        Counter,
        "Changes of stance, from one to another.",
        "For analysts: who became rivals, allies or both.",
        ("from_stance", "to_stance"),
    ),
    # The watch-list
    Metric(
        "frenemy_watched_company_articles_total",
        Counter,
        "Articles that mention a company of the watch-list.",
        "For analysts. Stays 0: the id in FRENEMY_WATCH_COMPANIES is not the registry's.",
        ("company",),
    ),
    Metric(
        "frenemy_watched_company_events_total",
        Counter,
        "Events of a company of the watch-list, by type.",
        "For analysts: who is in the news, fighting or allying.",
        ("company", "type"),
    ),
    Metric(
        "frenemy_watched_pair_events_total",
        Counter,
        "Events of a pair of the watch-list, by type.",
        "For analysts.",
        ("pair", "type"),
    ),
    Metric(
        "frenemy_watched_pair_strength_ratio",
        Gauge,
        "How strongly a watched pair competes or works together, 0 to 1, as of its last event.",
        "For analysts. Absent: no worker holds the pair's partition, or it has no event yet.",
        ("pair", "type"),
    ),
    Metric(
        "frenemy_watched_pair_stance",
        Gauge,
        "Stance of a pair of the watch-list: 0 none, 1 allies, 2 rivals, 3 frenemies.",
        "For analysts. Absent as frenemy_watched_pair_strength_ratio.",
        ("pair",),
    ),
    # Time
    Metric(
        "frenemy_step_seconds",
        Histogram,
        "Time of one step for one message: read, companies, events, remember, relate.",
        "Rises: articles grew (frenemy_article_bytes), or the machine is short of processor time.",
        ("step",),
        STEP_BUCKETS,
    ),
    Metric(
        "frenemy_agent_seconds",
        Histogram,
        "Time an agent computes on one message, all steps and encoding together.",
        "1 over its mean is the most messages a second that one worker can take.",
        ("agent",),
        STEP_BUCKETS,
    ),
    Metric(
        "frenemy_through_seconds",
        Histogram,
        "Time from a message's timestamp to the acknowledgement of its outputs, by agent.",
        "Rises: lag (frenemy_lag_seconds) or a slow broker (frenemy_in_flight_messages).",
        ("agent",),
        THROUGH_BUCKETS,
    ),
    Metric(
        "frenemy_produce_to_event_seconds",
        Histogram,
        "Time from a raw article's timestamp to the acknowledgement of its events.",
        "What subscribers feel. Rises: see which of frenemy_through_seconds does.",
        (),
        THROUGH_BUCKETS,
    ),
    Metric(
        "frenemy_publication_to_event_seconds",
        Histogram,
        "Time from an article's published_at to its events.",
        "Rises while frenemy_produce_to_event_seconds does not: producers are late.",
        (),
        AGE_BUCKETS,
    ),
    # Where the worker stands
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
        "Most that the oldest waiting message can have waited, 0 where none waits, by topic.",
        "Grows: add workers, or find what stalls this one (frenemy_in_flight_messages, broker).",
        ("topic",),
    ),
    Metric(
        "frenemy_last_progress_timestamp_seconds",
        Gauge,
        "When a message was last finished, by agent; the start of the worker before the first.",
        "Old while lag is above 0: the worker is stalled and will leave; see its log.",
        ("agent",),
    ),
    Metric(
        "frenemy_broker_answered_timestamp_seconds",
        Gauge,
        "When the broker last answered this worker.",
        "Old: the broker is gone or out of reach; nothing is lost, work goes on when it answers.",
    ),
    Metric(
        "frenemy_in_flight_messages",
        Gauge,
        "Messages whose outputs are not all acknowledged.",
        "At frenemy_in_flight_limit_messages: the broker is slow or refuses outputs.",
    ),
    Metric(
        "frenemy_in_flight_limit_messages",
        Gauge,
        "FRENEMY_IN_FLIGHT of this worker.",
        "Raise it only where the broker is far away and its answers slow.",
    ),
    Metric(
        "frenemy_retrying",
        Gauge,
        "1 while outputs that the broker did not take are sent again.",
        "1 for minutes: disk full, missing rights or replicas; the log names topic and error.",
    ),
    Metric(
        "frenemy_output_retries_total",
        Counter,
        "Outputs that the broker did not take and that are sent again, by kind of error.",
        "Rises: broker down, disk full, or missing rights; the log names topic and error.",
        ("error",),
    ),
    Metric(
        "frenemy_outputs_total",
        Counter,
        "Messages handed to the producer, by topic; the topics ending in .state are changelogs.",
        "Falls while articles are read: outputs wait for the broker.",
        ("topic",),
    ),
    Metric(
        "frenemy_output_bytes_total",
        Counter,
        "Bytes handed to the producer before compression, by topic.",
        "Changelogs (.state) outgrow articles: pairs remember much, see FRENEMY_MEMORY_DAYS.",
        ("topic",),
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
        "frenemy_rebalancing",
        Gauge,
        "1 while partitions are handed over and tables read back.",
        "1 for long: a big table in memory is read back; FRENEMY_STORE=rocksdb keeps it on disk.",
    ),
    Metric(
        "frenemy_loop_delay_seconds",
        Gauge,
        "How late the worker's event loop runs its clock.",
        "Above 1 s: one message takes that long, or the machine is short of processor time.",
    ),
    Metric(
        "frenemy_build_info",
        Gauge,
        "Always 1; program, registry and model versions as labels.",
        "Differs between workers: an upgrade is half done.",
        ("program", "registry", "model"),
    ),
)

PROCESS = (
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
)
"""Metrics of the process that prometheus-client adds, where the system has /proc."""


class Metrics:
    """The declared metrics on a registry of their own; accessors take names without prefix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
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
