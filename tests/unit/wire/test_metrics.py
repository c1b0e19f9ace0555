"""Metrics are named by convention, bounded whatever articles hold, and written as prometheus-client does."""

import random
import shutil
import subprocess
from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.openmetrics import exposition as openmetrics

from streams.articles.rejection import Reason
from streams.relations.relate import Outcome
from streams.relations.state import PairState
from streams.wire import metrics as declaration
from streams.wire import settings as settings_declaration
from streams.wire.exposition import CONTENT_TYPE, Exposition
from streams.wire.meter import Meter
from streams.wire.metrics import DECLARED, MOST_SERIES, Metrics
from streams.wire.watchlist import Watchlist
from tests.unit.wire.hostile_news import WATCHED, article, count, event

theirs: Callable[[CollectorRegistry], bytes] = openmetrics.generate_latest
UNITS = ("_seconds", "_bytes", "_messages", "_ratio", "_total", "_info")
COUNTS = {  # gauges and histograms that count things and have no unit
    "frenemy_article_companies",
    "frenemy_partitions",
    "frenemy_rebalancing",
    "frenemy_relations",
    "frenemy_retrying",
    "frenemy_table_entries",
    "frenemy_watched_pair_stance",
}


def meter_of(**options: object) -> tuple[Metrics, Meter]:
    settings = settings_declaration.load({}, options)
    metrics = Metrics()
    return metrics, Meter(metrics, Watchlist.of(settings), settings.tail)


def series(metrics: Metrics) -> list[str]:
    text = Exposition(metrics.registry).openmetrics().decode()
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_names_carry_their_unit_and_say_what_to_do() -> None:
    assert len({metric.name for metric in DECLARED}) == len(DECLARED)
    for metric in DECLARED:
        assert metric.name.startswith("frenemy_")
        assert metric.name.endswith(UNITS) or metric.name in COUNTS, metric.name
        assert metric.name.endswith("_total") == (metric.kind is Counter), metric.name
        assert (metric.kind is Histogram) == bool(metric.buckets), metric.name
        assert list(metric.buckets) == sorted(metric.buckets)
        assert metric.help.endswith(".")
        assert metric.cure.endswith(".")


def test_promtool_finds_no_fault() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: install Debian's package prometheus")
    metrics, _ = meter_of()
    text = Exposition(metrics.registry).negotiate("text/plain")[0]
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, check=False
    )
    # It takes counters of a kind of unit (`bytes_total`) and our gauges as they are.
    assert done.returncode == 0, done.stdout + done.stderr


def test_series_stay_bounded_after_100_000_hostile_articles() -> None:
    metrics, meter = meter_of(**WATCHED)
    count(meter, 100_000)
    lines = series(metrics)
    assert len(lines) < MOST_SERIES
    assert not any(text in line for line in lines for text in ("日本", "company-", "aaaa"))


def test_the_alert_on_series_is_the_stated_number() -> None:
    rules = declaration.__file__.replace(
        "streams/wire/metrics.py", "deploy/prometheus/rules/alerts.yml"
    )
    with open(rules, encoding="utf-8") as file:  # noqa: PTH123 - beside the code, not a user's path
        assert f'scrape_samples_scraped{{job="frenemy"}} > {MOST_SERIES}' in file.read()


def test_first_occurrences_are_increases() -> None:
    """A counter that appears with 1 has not increased; so all stand at 0 from the start."""
    lines = series(meter_of()[0])
    for reason in Reason:
        assert f'frenemy_rejected_total{{reason="{reason.value}"}} 0.0' in lines
    assert 'frenemy_shifts_total{from_stance="rivals",to_stance="frenemies"} 0.0' in lines
    assert 'frenemy_watched_company_events_total{company="openai",type="competition"} 0.0' in lines


def test_repeats_do_not_count_twice() -> None:
    metrics, meter = meter_of()
    told = article(1, random.Random(1))
    meter.enriched(told, "new")
    before = [line for line in series(metrics) if line.startswith("frenemy_companies_total")]
    meter.enriched(told, "repeat")
    assert before == [x for x in series(metrics) if x.startswith("frenemy_companies_total")]
    assert 'frenemy_revisions_total{kind="repeat"} 1.0' in series(metrics)


def test_retracted_events_are_told_apart() -> None:
    metrics, meter = meter_of()
    chance = random.Random(3)
    found = next(e for e in (event(n, chance) for n in range(1_000)) if e.retracted)
    meter.related(Outcome(PairState(pair=found.pair), events=(found,)))
    counted = [
        x for x in series(metrics) if x.startswith("frenemy_events_total") and x.endswith(" 1.0")
    ]
    assert len(counted) == 1
    assert 'retracted="true"' in counted[0]
    assert "frenemy_publication_to_event_seconds_count 0.0" in series(metrics)


def test_exposition_is_prometheus_clients() -> None:
    metrics, meter = meter_of()
    chance = random.Random(5)
    state = PairState(pair="a~b")
    for number in range(50):
        meter.related(Outcome(state, events=(event(number, chance),)), {"trace_id": "a" * 32})
    metrics.gauge("build_info").labels('1"', "r\\", "m\n").set(1)
    ours = Exposition(metrics.registry)
    ours.openmetrics()

    def lines(data: bytes) -> list[bytes]:
        # Of the process itself, which does not stand still.
        return [line for line in data.splitlines() if b"process_" not in line]

    assert lines(ours.openmetrics()) == lines(theirs(metrics.registry))
    assert b"# {trace_id=" in ours.openmetrics()
    assert ours.negotiate("application/openmetrics-text;version=1.0.0")[1] == CONTENT_TYPE
    assert ours.negotiate("")[1].startswith("text/plain")


def test_watch_list_is_bounded_and_takes_pairs_in_either_order() -> None:
    settings = settings_declaration.load({}, {"watch_pairs": "openai~microsoft,a~b"})
    assert Watchlist.of(settings).pairs == {"microsoft~openai", "a~b"}
    empty = settings_declaration.load({}, {"watch_pairs": "", "watch_companies": ""})
    assert Watchlist.of(empty) == Watchlist(frozenset(), frozenset())
    for wrong in (",".join(["a"] * 51), "a,,b", 'a"b', "a~b", "A", "a" * 81):
        with pytest.raises(settings_declaration.SettingsError):
            settings_declaration.load({}, {"watch_companies": wrong})
    for wrong in (",".join(["a~b"] * 51), "a", "a~b~c", "a~"):
        with pytest.raises(settings_declaration.SettingsError):
            settings_declaration.load({}, {"watch_pairs": wrong})
