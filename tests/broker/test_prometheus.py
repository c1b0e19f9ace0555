"""Every query of every panel and rule answers on a real Prometheus that watches a real worker."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana import render
from deploy.grafana.queries import Series, Span, answers, filled, panels, variables
from streams.wire.metrics import DECLARED, MOST_SERIES, PROCESS
from streams.wire.settings import Settings
from tests.broker.log import publish
from tests.broker.news import Newsroom
from tests.broker.prometheus_server import RULES, PrometheusServer, need
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

ARTICLES = 300
SCRAPES = 15
NAMES = ("pipeline", "market")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def dashboard(name: str) -> dict[str, Any]:
    path = render.FOLDER / "dashboards" / f"{name}.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@pytest.fixture
def watched(
    settings: Settings, worker: WorkerProcess, tmp_path: Path
) -> Iterator[PrometheusServer]:
    """A Prometheus that saw a worker before, during and after some news."""
    need("prometheus")
    server = PrometheusServer(
        tmp_path / "prometheus", [f"{settings.metrics_host}:{settings.metrics_port}"]
    )
    server.start()
    try:
        wait_until(lambda: server.value("count_over_time(up[1m])") > 1, 30, "scrapes")
        trace = [("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())]
        for part in range(3):
            room = Newsroom(seed=part, broken=0.1)
            publish(settings, room.articles(ARTICLES // 3), headers=trace)
            published = (part + 1) * ARTICLES // 3
            wait_until(partial(done, server, published), 120, "the news to be processed")
        wait_until(lambda: server.value("count_over_time(up[5m])") >= SCRAPES, 60, "more scrapes")
        yield server
    finally:
        server.end()


def done(server: PrometheusServer, published: int) -> bool:
    """Whether so many were read and nothing waits, now and for some scrapes."""
    read = server.value("sum(frenemy_enriched_total) + sum(frenemy_rejected_total)")
    return read >= published and server.value("sum(max_over_time(frenemy_lag_messages[3s]))") == 0


def span_of(server: PrometheusServer) -> Span:
    now = time.time()
    return Span(now - 90, now, 1.0)


def finite(found: list[Series]) -> bool:
    return any(value == value and abs(value) < float("inf") for s in found for _, value in s.points)


def check_panel(panel: Mapping[str, Any], found: list[list[Series]]) -> str | None:
    """What is wrong with the answers for the kind of panel, None where nothing is."""
    for target, rows in zip(panel["targets"], found, strict=True):
        if not rows:
            return f"no data: {target['expr']}"
        if not finite(rows):
            return f"no number: {target['expr']}"
    rows = found[0]
    kind = panel["type"]
    if kind == "stat" and len(rows) != 1:
        return f"{len(rows)} series for one value"
    if kind == "state-timeline" and not all(v in (0, 1, 2, 3) for s in rows for _, v in s.points):
        return "a state without a name"
    if kind == "heatmap" and not all("le" in s.labels for s in rows):
        return "no buckets"
    if kind == "table" and not all(s.labels for s in rows):
        return "rows without labels"
    if kind in ("timeseries", "state-timeline") and not any(len(s.points) > 1 for s in rows):
        return "no line"
    return None


def test_queries_names_exemplars_and_pictures(
    watched: PrometheusServer, worker: WorkerProcess, tmp_path: Path
) -> None:
    span = span_of(watched)
    faults = []
    for name in NAMES:
        data = dashboard(name)
        filled_in = variables(data, watched.api)
        for panel in panels(data):
            # A minute between points would ask for longer news than a test has.
            short = {**panel, "interval": "4s"} if "interval" in panel else panel
            fault = check_panel(panel, answers(short, filled_in, watched.api, span))
            if fault is not None:
                faults.append(f"{name}, {panel['title']}: {fault}")
        for annotation in data["annotations"]["list"]:
            watched.api.over(filled(annotation["expr"], filled_in, span), span)
    assert not faults, "\n".join(faults)
    check_rules(watched)
    check_emitted(worker)
    check_exemplars(watched, span)
    assert not watched.firing()
    for name in NAMES:
        path = tmp_path / f"{name}.png"
        render.render(dashboard(name), watched.api, span, path)
        assert path.stat().st_size > 50_000


def check_rules(server: PrometheusServer) -> None:
    """Recording rules record, and what an alert compares with its bound is there."""
    groups = server.api.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) == sum(
        len(group["rules"])
        for path in RULES.glob("*.yml")
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    )
    for rule in rules:
        assert rule["health"] == "ok", rule
        if rule["type"] == "recording":
            assert server.value(f"count({rule['name']})"), rule["name"]
            continue
        # absent() has nothing to say while it is well; of the others the compared value is asked.
        expr = re.sub(r"absent\((.*) == 1\)", r"\1", rule["query"])
        for side in re.split(r" and (?:on \([^)]*\) )?", expr):
            compared = re.sub(r" (>|==) [\d.e+]+$", "", side.strip())
            assert server.value(f"count({compared})"), f"{rule['name']}: {compared}"


def check_emitted(worker: WorkerProcess) -> None:
    """What is declared is emitted, and nothing else is."""
    text = worker.get("/metrics")[1]
    emitted = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    with_samples = set(re.findall(r"^([a-z_]+)(?:\{| )", text, re.MULTILINE))
    assert emitted == {metric.name for metric in DECLARED} | set(PROCESS)
    for metric in DECLARED:
        sample = metric.name + ("_count" if metric.buckets else "")
        assert sample in with_samples, f"{metric.name} has no series after all kinds of news"
    assert sum(not line.startswith("#") for line in text.splitlines()) < MOST_SERIES


def check_exemplars(server: PrometheusServer, span: Span) -> None:
    """An exemplar leads to the trace of the article."""
    found = server.api.get(
        "query_exemplars",
        query="frenemy_produce_to_event_seconds_bucket",
        start=span.start,
        end=span.end,
    )
    traces = {item["labels"].get("trace_id") for series in found for item in series["exemplars"]}
    assert traces == {TRACE}
