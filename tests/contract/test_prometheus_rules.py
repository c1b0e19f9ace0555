"""Prometheus takes our rules and configurations, and every alert fires when it should and not otherwise."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROMETHEUS = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    found = shutil.which("promtool")
    if found is None:
        reason = "no promtool: install Debian's package prometheus"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_rules_and_configuration_are_taken() -> None:
    done = promtool("check", "config", PROMETHEUS / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    done = promtool("check", "rules", *(PROMETHEUS / "rules").glob("*.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_and_do_not_fire() -> None:
    done = promtool("test", "rules", PROMETHEUS / "tests" / "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_alert_that_does_not_fire_fails_the_test(tmp_path: Path) -> None:
    shutil.copytree(PROMETHEUS, tmp_path / "prometheus")
    rules = tmp_path / "prometheus" / "rules" / "alerts.yml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("> 0.05", "> 0.5"), encoding="utf-8")
    done = promtool("test", "rules", tmp_path / "prometheus" / "tests" / "alerts.yml")
    assert done.returncode != 0
    assert "FrenemyManyRejected" in done.stdout + done.stderr
