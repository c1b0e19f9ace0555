"""A real Prometheus with the repository's rules, scraping workers of a test."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy.grafana.queries import Prometheus, QueryError
from tests.broker.apache_kafka import free_port
from tests.broker.waiting import wait_until

RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "rules"
START_SECONDS = 60


def need(program: str) -> str:
    """The path of a program; skips, or fails in CI, without it."""
    found = shutil.which(program)
    if found is None:
        reason = f"no {program}: install Debian's package prometheus"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class PrometheusServer:
    """One server. `hasty` takes the patience out of alerts, so that a test sees them fire."""

    def __init__(self, folder: Path, workers: Sequence[str], hasty: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api = Prometheus(self.url)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        for file in RULES.glob("*.yml"):
            text = file.read_text(encoding="utf-8")
            (folder / file.name).write_text(impatient(text) if hasty else text, encoding="utf-8")
        targets = ", ".join(f'"{worker}"' for worker in workers)
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
            "rule_files: [alerts.yml, recording.yml]\n"
            "scrape_configs:\n"
            "  - job_name: frenemy\n"
            f"    static_configs: [{{targets: [{targets}]}}]\n"
        )

    def start(self) -> None:
        """Start and wait until it is ready."""
        with (self._folder / "prometheus.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    need("prometheus"),
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--enable-feature=exemplar-storage",
                    "--log.level=warn",
                ],
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, START_SECONDS, "Prometheus to answer")

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        return {
            alert["labels"]["alertname"]
            for alert in self.api.get("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def value(self, expr: str) -> float:
        """The value of an expression now, 0 where it has none."""
        found = self.api.get("query", query=expr)["result"]
        return float(found[0]["value"][1]) if found else 0.0

    def end(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)

    def _answers(self) -> bool:
        try:
            self.api.get("status/buildinfo")
        except (OSError, QueryError):
            return False
        return True


def impatient(rules: str) -> str:
    """The rules with every wait a second and every bound of seconds a twelfth of itself."""
    rules = re.sub(r"for: \w+", "for: 1s", rules)
    rules = re.sub(
        r"((?:seconds|timestamp_seconds|lag_seconds:max)[^\n>]*)> (\d+)$",
        lambda m: f"{m[1]}> {max(2, int(m[2]) // 12)}",
        rules,
        flags=re.MULTILINE,
    )
    return rules.replace("[5m]", "[15s]").replace("[15m]", "[15s]").replace("[10m]", "[30s]")
