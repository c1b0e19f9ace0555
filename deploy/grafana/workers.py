"""The workers' own row of *Pipeline*, and how its panels choose workers."""

from deploy.grafana.charts import RED, Chart, Query, Row

INSTANCE = 'instance=~"$instance"'
OURS = f"{{{INSTANCE}}}"
OF_JOB = f'{{job="frenemy",{INSTANCE}}}'
RATE = "[$__rate_interval]"

WORKERS = Row(
    "Workers",
    (
        Chart(
            "Busy",
            "lines",
            (
                Query(
                    f"sum by (instance, agent) (rate(frenemy_agent_seconds_sum{OURS}{RATE}))",
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
                    f"process_resident_memory_bytes{OF_JOB}",
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
            (Query(f"sum by (table) (frenemy_table_entries{OURS})", "{{table}}"),),
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
                    f'sum by (topic) (rate(frenemy_output_bytes_total{{topic=~".*[.]state",{INSTANCE}}}{RATE}))',
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
            (Query(f"sum by (instance) (frenemy_partitions{OURS})", "{{instance}}"),),
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
                    "time() - max by (agent) "
                    f'(frenemy_last_progress_timestamp_seconds{{agent!="companies",{INSTANCE}}})',
                    "{{agent}}",
                ),
                Query(f"max(frenemy_loop_delay_seconds{OURS})", "loop delay"),
            ),
            "s",
            "Time since an agent of articles or pairs finished a message; how late the event loop runs.",
            "frenemystalled",
            6,
        ),
        Chart(
            "Scrape",
            "lines",
            (
                Query(
                    f"max by (instance) (scrape_duration_seconds{OF_JOB})",
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
                    f"count by (program, registry, model) (frenemy_build_info{OURS})",
                    "workers",
                ),
            ),
            "short",
            "Program, registry and model by number of workers. More than one line: half an upgrade.",
            "frenemymixedversions",
            6,
        ),
    ),
)
