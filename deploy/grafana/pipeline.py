"""*Pipeline*, for operators: is it healthy, how far behind, what is rejected and why, what breaks next."""

from deploy.grafana.charts import BLUE, GREEN, RED, YELLOW, Chart, Query, Row

_I = 'instance=~"$instance"'
_W = f"{{{_I}}}"
_P = f'{{job="frenemy",{_I}}}'
_R = "[$__rate_interval]"


def _quantiles(histogram: str) -> tuple[Query, ...]:
    buckets = f"sum by (le) (rate({histogram}_bucket{_W}{_R}))"
    return tuple(
        Query(f"histogram_quantile({q}, {buckets})", f"{round(q * 100)} %")
        for q in (0.5, 0.95, 0.99)
    )


ROWS = (
    Row(
        "Now",
        (
            Chart(
                "Workers",
                "stat",
                (Query('sum(up{job="frenemy"})', "alive"),),
                "short",
                "Workers that answer. Red at none: articles wait on the raw topic.",
                "frenemynoworkers",
                3,
                4,
                ((1.0, GREEN),),
                RED,
            ),
            Chart(
                "Articles",
                "stat",
                (Query(f'sum(rate(frenemy_articles_total{{topic="articles.raw",{_I}}}{_R}))'),),
                "cps",
                "Raw articles read a second. Falls to nothing where producers stop.",
                "frenemyquiet",
                3,
                4,
                base=BLUE,
                decimals=1,
            ),
            Chart(
                "Events",
                "stat",
                (Query(f'sum(rate(frenemy_events_total{{retracted="false",{_I}}}{_R}))'),),
                "cps",
                "Events found a second, competition and partnership together.",
                "frenemynoevents",
                3,
                4,
                base=BLUE,
                decimals=1,
            ),
            Chart(
                "Behind",
                "stat",
                (Query(f"max(frenemy_lag_seconds{_W})"),),
                "s",
                "Most that a waiting message can have waited. Yellow at 30 s, red at 2 min (FrenemyLagging).",
                "frenemylagging",
                3,
                4,
                ((30.0, YELLOW), (120.0, RED)),
            ),
            Chart(
                "Article to event",
                "stat",
                (
                    Query(
                        "histogram_quantile(0.95, sum by (le) "
                        f"(rate(frenemy_produce_to_event_seconds_bucket{_W}{_R})))"
                    ),
                ),
                "s",
                "19 of 20 events are out this soon after their article came in. Red at 30 s (FrenemySlow).",
                "frenemyslow",
                3,
                4,
                ((5.0, YELLOW), (30.0, RED)),
            ),
            Chart(
                "Rejected",
                "stat",
                (
                    Query(
                        f"sum(rate(frenemy_rejected_total{_W}{_R})) / "
                        f"(sum(rate(frenemy_rejected_total{_W}{_R})) + sum(rate(frenemy_enriched_total{_W}{_R})))"
                    ),
                ),
                "percentunit",
                "Share of articles that became dead letters. Red at 5 % (FrenemyManyRejected).",
                "frenemymanyrejected",
                3,
                4,
                ((0.01, YELLOW), (0.05, RED)),
                decimals=1,
            ),
            Chart(
                "Busiest worker",
                "stat",
                (Query(f"max(sum by (instance) (rate(frenemy_agent_seconds_sum{_W}{_R})))"),),
                "percentunit",
                "Share of its time that the busiest worker computes: what breaks next. Red at 80 %.",
                "frenemysaturated",
                3,
                4,
                ((0.6, YELLOW), (0.8, RED)),
                decimals=0,
            ),
            Chart(
                "Broker silent",
                "stat",
                (Query(f"max(time() - frenemy_broker_answered_timestamp_seconds{_W})"),),
                "s",
                "Time since Kafka last answered a worker; a second or so is normal. Red at 1 min.",
                "frenemybrokersilent",
                3,
                4,
                ((20.0, YELLOW), (60.0, RED)),
                decimals=0,
            ),
        ),
    ),
    Row(
        "Flow: what comes in, what comes out, what waits",
        (
            Chart(
                "Articles in",
                "stack",
                (
                    Query(
                        f"sum by (lang) (rate(frenemy_enriched_total{_W}{_R}))",
                        "enriched, {{lang}}",
                    ),
                    Query(f"sum(rate(frenemy_rejected_total{_W}{_R}))", "rejected"),
                    Query(f"sum(rate(frenemy_rekeyed_total{_W}{_R}))", "sent round again"),
                ),
                "cps",
                "What became of the articles read. 'Sent round again' were not keyed by their id.",
                "frenemy_enriched_total",
                colours=(("rejected", RED),),
            ),
            Chart(
                "Messages out",
                "lines",
                (
                    Query(
                        f'sum by (topic) (rate(frenemy_outputs_total{{topic!~".*[.]state",{_I}}}{_R}))',
                        "{{topic}}",
                    ),
                ),
                "cps",
                "Messages handed to Kafka by topic, without changelogs.",
                "frenemy_outputs_total",
            ),
            Chart(
                "Waiting messages",
                "lines",
                (Query(f"sum by (topic) (frenemy_lag_messages{_W})", "{{topic}}"),),
                "short",
                "Messages not processed yet. A line that climbs for long: FrenemyFallingBehind.",
                "frenemyfallingbehind",
            ),
        ),
    ),
    Row(
        "Time: how long, and where it goes",
        (
            Chart(
                "Article to event",
                "lines",
                _quantiles("frenemy_produce_to_event_seconds"),
                "s",
                "From a raw article's timestamp on the topic to its acknowledged events.",
                "frenemyslow",
                thresholds=((30.0, RED),),
            ),
            Chart(
                "Each hop, 95 %",
                "lines",
                (
                    Query(
                        "histogram_quantile(0.95, sum by (le, agent) "
                        f"(rate(frenemy_through_seconds_bucket{_W}{_R})))",
                        "{{agent}}",
                    ),
                ),
                "s",
                "From a message's timestamp to its acknowledged outputs, by agent: which hop is slow.",
                "frenemy_through_seconds",
            ),
            Chart(
                "Time of an article by step",
                "stack",
                (
                    Query(
                        f"sum by (step) (rate(frenemy_step_seconds_sum{_W}{_R}))"
                        f' / on () group_left () (sum(rate(frenemy_step_seconds_count{{step="read",{_I}}}{_R}))'
                        " > 0)",
                        "{{step}}",
                    ),
                ),
                "s",
                "Processor time an article costs, step upon step. Rises with the length of articles.",
                "frenemy_step_seconds",
            ),
            Chart(
                "Behind",
                "lines",
                (Query(f"max by (topic) (frenemy_lag_seconds{_W})", "{{topic}}"),),
                "s",
                "Most that a waiting message can have waited, by topic.",
                "frenemylagging",
                thresholds=((120.0, RED),),
            ),
            Chart(
                "Publication to event",
                "lines",
                _quantiles("frenemy_publication_to_event_seconds")[:2],
                "s",
                "From published_at to the event: above 'Article to event' it is the producers' delay.",
                "frenemy_publication_to_event_seconds",
            ),
            Chart(
                "Size of articles",
                "lines",
                _quantiles("frenemy_article_bytes")[:2],
                "bytes",
                "Raw articles as they lie on the topic.",
                "frenemy_article_bytes",
            ),
        ),
    ),
    Row(
        "What is turned away, sent again or taken back",
        (
            Chart(
                "Rejected by reason",
                "bars",
                (
                    Query(
                        f"sum by (reason) (increase(frenemy_rejected_total{_W}[$__interval])) > 0 or "
                        "label_replace("
                        f"sum(increase(frenemy_rejected_total{_W}[$__interval])) == 0, "
                        '"reason", "none", "", "")',
                        "{{reason}}",
                    ),
                ),
                "short",
                "Dead letters by reason. `frenemy rejected list` shows them, the runbook what to do.",
                "rejections",
            ),
            Chart(
                "Reasons in this range",
                "table",
                (
                    Query(
                        f"topk(8, sum by (reason) (round(increase(frenemy_rejected_total{_W}[$__range]))))",
                        "articles",
                    ),
                ),
                "short",
                "The reasons that turned most articles away in the time shown.",
                "rejections",
            ),
            Chart(
                "Revisions",
                "bars",
                (
                    Query(
                        f'sum by (kind) (increase(frenemy_revisions_total{{kind!="new",{_I}}}'
                        "[$__interval]))",
                        "{{kind}}",
                    ),
                ),
                "short",
                "Corrections, withdrawals, repeats and outdated versions of known articles.",
                "frenemy_revisions_total",
            ),
            Chart(
                "Outputs sent again",
                "lines",
                (
                    Query(
                        f"sum by (error) (rate(frenemy_output_retries_total{_W}{_R}))", "{{error}}"
                    ),
                ),
                "cps",
                "Outputs that Kafka did not take, by kind of error. 0 in a healthy system.",
                "frenemyoutputsrefused",
            ),
            Chart(
                "In flight",
                "lines",
                (
                    Query(f"max by (instance) (frenemy_in_flight_messages{_W})", "{{instance}}"),
                    Query(f"max(frenemy_in_flight_limit_messages{_W})", "limit"),
                ),
                "short",
                "Messages whose outputs are not all acknowledged. At the limit the worker waits for Kafka.",
                "frenemy_in_flight_messages",
                colours=(("limit", RED),),
            ),
            Chart(
                "Partitions handed over",
                "bars",
                (
                    Query(
                        f"sum by (instance) (increase(frenemy_rebalances_total{_W}[$__interval]))",
                        "{{instance}}",
                    ),
                    Query(
                        f"max by (instance) (frenemy_rebalancing{_W})",
                        "reading tables, {{instance}}",
                    ),
                ),
                "short",
                "Rebalances, and whether a worker is reading its tables back.",
                "frenemyrebalancing",
            ),
        ),
    ),
    Row(
        "Workers",
        (
            Chart(
                "Busy",
                "lines",
                (
                    Query(
                        f"sum by (instance, agent) (rate(frenemy_agent_seconds_sum{_W}{_R}))",
                        "{{instance}} {{agent}}",
                    ),
                ),
                "percentunit",
                "Share of its time that a worker computes, by agent. One process uses one core.",
                "frenemysaturated",
                6,
                thresholds=((0.8, RED),),
                most=1.0,
            ),
            Chart(
                "Memory",
                "lines",
                (
                    Query(
                        f"process_resident_memory_bytes{_P}",
                        "{{instance}}",
                    ),
                ),
                "bytes",
                "Resident memory. Grows with the tables where FRENEMY_STORE is memory.",
                "frenemytableslarge",
                6,
            ),
            Chart(
                "Table entries",
                "stack",
                (Query(f"sum by (table) (frenemy_table_entries{_W})", "{{table}}"),),
                "short",
                "Articles and pairs that the workers remember.",
                "frenemytableslarge",
                6,
            ),
            Chart(
                "Changelog",
                "lines",
                (
                    Query(
                        f'sum by (topic) (rate(frenemy_output_bytes_total{{topic=~".*[.]state",{_I}}}{_R}))',
                        "{{topic}}",
                    ),
                ),
                "Bps",
                "Bytes of table changes written to Kafka, before compression.",
                "frenemy_output_bytes_total",
                6,
            ),
            Chart(
                "Partitions",
                "stack",
                (Query(f"sum by (instance) (frenemy_partitions{_W})", "{{instance}}"),),
                "short",
                "Partitions of all source topics by worker. A worker at 0 is one too many, or joining.",
                "frenemy_partitions",
                6,
            ),
            Chart(
                "Last finished",
                "lines",
                (
                    Query(
                        f"time() - max by (agent) (frenemy_last_progress_timestamp_seconds{_W})",
                        "{{agent}}",
                    ),
                    Query(f"max(frenemy_loop_delay_seconds{_W})", "loop delay"),
                ),
                "s",
                "Time since an agent finished a message, and how late the event loop runs.",
                "frenemystalled",
                6,
            ),
            Chart(
                "Scrape",
                "lines",
                (
                    Query(
                        f"max by (instance) (scrape_duration_seconds{_P})",
                        "{{instance}}",
                    ),
                ),
                "s",
                "What collecting these metrics costs.",
                "frenemytoomanyseries",
                6,
            ),
            Chart(
                "Versions",
                "table",
                (
                    Query(
                        f"count by (program, registry, model) (frenemy_build_info{_W})",
                        "workers",
                    ),
                ),
                "short",
                "Program, registry and model by number of workers. More than one line: half an upgrade.",
                "frenemymixedversions",
                6,
            ),
        ),
    ),
)
