"""*Pipeline*, for operators: is it healthy, how far behind, what is rejected and why, what breaks next."""

from deploy.grafana.charts import BLUE, GREEN, RED, YELLOW, Chart, Query, Row
from deploy.grafana.workers import INSTANCE, OURS, RATE, WORKERS


def _quantiles(histogram: str) -> tuple[Query, ...]:
    buckets = f"sum by (le) (rate({histogram}_bucket{OURS}{RATE}))"
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
                (
                    Query(
                        f'sum(rate(frenemy_articles_total{{topic="articles.raw",{INSTANCE}}}{RATE}))'
                    ),
                ),
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
                (Query(f'sum(rate(frenemy_events_total{{retracted="false",{INSTANCE}}}{RATE}))'),),
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
                (Query(f"max(frenemy_lag_seconds{OURS})"),),
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
                        f"(rate(frenemy_produce_to_event_seconds_bucket{OURS}{RATE})))"
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
                        f"sum(rate(frenemy_rejected_total{OURS}{RATE}))"
                        f" / (sum(rate(frenemy_rejected_total{OURS}{RATE}))"
                        f" + sum(rate(frenemy_enriched_total{OURS}{RATE})))"
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
                (Query(f"max(sum by (instance) (rate(frenemy_agent_seconds_sum{OURS}{RATE})))"),),
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
                (Query(f"max(time() - frenemy_broker_answered_timestamp_seconds{OURS})"),),
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
                        f"sum by (lang) (rate(frenemy_enriched_total{OURS}{RATE}))",
                        "enriched, {{lang}}",
                    ),
                    Query(f"sum(rate(frenemy_rejected_total{OURS}{RATE}))", "rejected"),
                    Query(f"sum(rate(frenemy_rekeyed_total{OURS}{RATE}))", "sent round again"),
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
                        f'sum by (topic) (rate(frenemy_outputs_total{{topic!~".*[.]state",{INSTANCE}}}{RATE}))',
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
                (Query(f"sum by (topic) (frenemy_lag_messages{OURS})", "{{topic}}"),),
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
                        f"(rate(frenemy_through_seconds_bucket{OURS}{RATE})))",
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
                        f"sum by (step) (rate(frenemy_step_seconds_sum{OURS}{RATE}))"
                        f' / on () group_left () (sum(rate(frenemy_step_seconds_count{{step="read",{INSTANCE}}}{RATE}))'
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
                (Query(f"max by (topic) (frenemy_lag_seconds{OURS})", "{{topic}}"),),
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
                        f"sum by (reason) (increase(frenemy_rejected_total{OURS}[$__interval])) > 0 or "
                        "label_replace("
                        f"sum(increase(frenemy_rejected_total{OURS}[$__interval])) == 0, "
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
                        f"topk(8, sum by (reason) (round(increase(frenemy_rejected_total{OURS}[$__range]))))",
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
                        f'sum by (kind) (increase(frenemy_revisions_total{{kind!="new",{INSTANCE}}}'
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
                        f"sum by (error) (rate(frenemy_output_retries_total{OURS}{RATE}))",
                        "{{error}}",
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
                    Query(f"max by (instance) (frenemy_in_flight_messages{OURS})", "{{instance}}"),
                    Query(f"max(frenemy_in_flight_limit_messages{OURS})", "limit"),
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
                        f"sum by (instance) (increase(frenemy_rebalances_total{OURS}[$__interval]))",
                        "{{instance}}",
                    ),
                    Query(
                        f"max by (instance) (frenemy_rebalancing{OURS})",
                        "reading tables, {{instance}}",
                    ),
                ),
                "short",
                "Rebalances, and whether a worker is reading its tables back.",
                "frenemyrebalancing",
            ),
        ),
    ),
    WORKERS,
)
