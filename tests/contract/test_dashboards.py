"""Dashboards are fresh and complete; names defined, charted, recorded and alerted on agree."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.grafana import page, write
from deploy.grafana.charts import COLUMNS, Chart, Query, Row, place
from deploy.grafana.queries import panels
from streams.wire.metrics import DECLARED, PROCESS

DEPLOY = Path(write.__file__).parents[1]
DASHBOARDS = {path.stem: path for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")}
RULES = [
    rule
    for path in sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
OF_PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_series_added"}
# Read by people who look into one worker, on no dashboard.
ON_NO_DASHBOARD = {"process_cpu_seconds_total", "process_virtual_memory_bytes"}
_NAME = re.compile(r"\b(?:frenemy[_:][a-z0-9_:]+|process_[a-z_]+|scrape_[a-z_]+|up)\b(?!\s*=[^=])")
_SUFFIX = re.compile(r"_(bucket|sum|count)$")


def load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(DASHBOARDS[name].read_text(encoding="utf-8"))
    return data


def names(expr: str) -> set[str]:
    """Metrics of an expression; a histogram by its own name."""
    plain = re.sub(r'"[^"]*"', "", expr)
    plain = re.sub(r"\b(by|on|without|ignoring|group_left)\s*\([^)]*\)", "", plain)
    histograms = {metric.name for metric in DECLARED if metric.buckets}
    found = set()
    for name in _NAME.findall(plain):
        base = _SUFFIX.sub("", name)
        found.add(base if base in histograms else name)
    return found


def defined() -> set[str]:
    return {metric.name for metric in DECLARED} | set(PROCESS) | OF_PROMETHEUS


def recorded() -> set[str]:
    return {rule["record"] for rule in RULES if "record" in rule}


def charted() -> set[str]:
    found: set[str] = set()
    for name in DASHBOARDS:
        data = load(name)
        for panel in panels(data):
            for target in panel["targets"]:
                found |= names(target["expr"])
        for annotation in data["annotations"]["list"]:
            found |= names(annotation["expr"])
    return found


def in_rules(kind: str) -> set[str]:
    return {name for rule in RULES if kind in rule for name in names(rule["expr"])}


def all_panels() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in DASHBOARDS:
        for panel in panels(load(name)):
            yield name, panel


def test_what_is_kept_is_fresh(capsys: pytest.CaptureFixture[str]) -> None:
    assert write.main(["--check"]) == 0, capsys.readouterr().err


def test_staleness_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "a.json"
    stale.write_text("{}")
    monkeypatch.setattr(write, "files", lambda: {stale: "{}\n"})
    assert write.main(["--check"]) == 1
    assert write.main([]) == 0
    assert write.main(["--check"]) == 0


def test_charted_names_are_defined_or_recorded() -> None:
    assert charted() <= defined() | recorded()


def test_alerted_names_are_defined_or_recorded() -> None:
    assert in_rules("alert") <= defined() | recorded()


def test_recorded_names_come_from_defined_ones_and_are_used() -> None:
    assert in_rules("record") <= defined()
    assert recorded() <= charted() | in_rules("alert")


def test_defined_names_are_charted_or_alerted() -> None:
    used = charted() | in_rules("alert") | in_rules("record") | ON_NO_DASHBOARD
    assert {metric.name for metric in DECLARED} | set(PROCESS) <= used


def test_a_wrong_name_would_be_noticed() -> None:
    assert names('sum by (up) (rate(frenemy_bogus_total{topic="frenemy_x"}[5m]))') == {
        "frenemy_bogus_total"
    }
    assert names("frenemy_step_seconds_sum / up") == {"frenemy_step_seconds", "up"}


def test_panels_say_what_they_show() -> None:
    headings = page.anchors(page.RUNBOOK.read_text(encoding="utf-8"))
    headings |= page.anchors(page.METRICS.read_text(encoding="utf-8"))
    for name, panel in all_panels():
        where = f"{name}: {panel['title']}"
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["unit"], where
        assert len(panel["description"]) > 10, where
        assert panel["description"].endswith("."), where
        assert panel["targets"], where
        assert panel["links"][0]["url"].partition("#")[2] in headings, where
        assert defaults["thresholds"]["steps"][0].get("value") is None, where


def test_links_lead_to_anchors_of_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    ids = set(re.findall(r'id="([^"]+)"', text))
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert targets <= ids
    for _, panel in all_panels():
        assert panel["links"][0]["url"].partition("#")[2] in ids


def test_lines_of_panels_fill_the_grid() -> None:
    for name in DASHBOARDS:
        seen: set[tuple[int, int]] = set()
        for panel in load(name)["panels"]:
            grid = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(grid["x"], grid["x"] + grid["w"])
                for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not cells & seen, f"{name}: {panel['title']} lies on another panel"
            assert grid["x"] + grid["w"] <= COLUMNS
            seen |= cells


def test_a_gap_in_a_line_is_refused() -> None:
    chart = Chart("t", "lines", (Query("up"),), "short", "What.", "cure", width=8)
    with pytest.raises(ValueError, match="gap"):
        list(place([Row("r", (chart, chart))]))
    wide = Chart("t", "lines", (Query("up"),), "short", "What.", "cure", width=20)
    with pytest.raises(ValueError, match="fit"):
        list(place([Row("r", (chart, wide))]))


def test_variables_are_used_and_defined() -> None:
    for name in DASHBOARDS:
        data = load(name)
        text = json.dumps(data["panels"]) + json.dumps(data["annotations"])
        known = {variable["name"] for variable in data["templating"]["list"]}
        used = set(re.findall(r"\$\{?([a-z]+)\b", text))
        assert used == known, name
        for annotation in data["annotations"]["list"]:
            assert annotation["titleFormat"]


def test_every_alert_has_its_cure_and_no_cure_is_left_over() -> None:
    text = page.RUNBOOK.read_text(encoding="utf-8")
    sections = set(re.findall(r"^### (Frenemy\w+)$", text, re.MULTILINE))
    alerts = {rule["alert"]: rule for rule in RULES if "alert" in rule}
    assert sections == set(alerts)
    for name, rule in alerts.items():
        assert rule["annotations"]["runbook_url"] == f"RUNBOOK.md#{name.lower()}"
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"]
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_every_alert_is_tested_firing_and_not_firing() -> None:
    path = DEPLOY / "prometheus" / "tests" / "alerts.yml"
    cases = [
        case
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
        for case in block.get("alert_rule_test", ())
    ]
    alerts = {rule["alert"] for rule in RULES if "alert" in rule}
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} == alerts
