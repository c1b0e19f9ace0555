"""docker-compose.yml: loads as `docker compose config` loads it, and keeps its promises."""

import copy
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from streams.commands import main
from streams.wire import settings as declaration

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
LOADER = Path(__file__).with_name("compose_loader")
ONE_SHOT = {"topics", "news"}
OURS = {"topics", "worker", "news"}

Compose = dict[str, Any]


@pytest.fixture
def compose() -> Compose:
    """The file as YAML: anchors resolved, variables not."""
    found: Compose = yaml.safe_load(COMPOSE.read_text())
    return found


def faults(compose: Compose) -> list[str]:
    """What breaks the promises: not safe, or not reachable from this machine alone."""
    found = []
    for name, service in compose["services"].items():
        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        checks = {
            "is privileged": service.get("privileged"),
            "keeps capabilities": service.get("cap_drop") != ["ALL"],
            "may gain rights": "no-new-privileges:true" not in service.get("security_opt", []),
            "writes to its root": service.get("read_only") is not True,
            "has no limits": not {"cpus", "memory", "pids"} <= limits.keys(),
            "has no health check": "healthcheck" not in service and name != "worker",
            "has no pinned image": not re.search(r":v?\d|FRENEMY_VERSION", service["image"]),
            "is reachable from outside": any(
                not str(port).startswith("127.0.0.1:") for port in service.get("ports", [])
            ),
            "mounts the engine": "docker.sock" in str(service.get("volumes")),
            "carries a password": "PASSWORD" in str(service.get("environment")),
        }
        found += [f"{name} {fault}" for fault, broken in checks.items() if broken]
        for other in service.get("depends_on", {}):
            if other not in compose["services"]:
                found.append(f"{name} waits for {other}, which is not there")
    return found


def test_promises(compose: Compose) -> None:
    assert faults(compose) == []


@pytest.mark.parametrize(
    ("service", "key", "value", "fault"),
    [
        ("kafka", "ports", ["9092:9092"], "kafka is reachable from outside"),
        ("grafana", "read_only", False, "grafana writes to its root"),
        ("worker", "cap_drop", [], "worker keeps capabilities"),
        ("worker", "deploy", {}, "worker has no limits"),
        ("kafka", "image", "apache/kafka", "kafka has no pinned image"),
        (
            "grafana",
            "environment",
            {"GF_SECURITY_ADMIN_PASSWORD": "admin"},
            "grafana carries a password",
        ),
    ],
)
def test_the_promises_say_no(
    compose: Compose, service: str, key: str, value: object, fault: str
) -> None:
    broken = copy.deepcopy(compose)
    broken["services"][service][key] = value
    assert fault in faults(broken)


def test_variables_are_declared_settings(compose: Compose) -> None:
    for name in OURS:
        values = {k: re.sub(r"\$\{\w+:-(.*)\}", r"\1", v) for k, v in _environment(compose, name)}
        declaration.load(values)


def test_a_variable_that_is_no_setting_is_noticed() -> None:
    with pytest.raises(declaration.SettingsError):
        declaration.load({"FRENEMY_BROKERS": "kafka:29092"})


def test_commands_exist_with_their_options(compose: Compose) -> None:
    for name in OURS:
        words = compose["services"][name]["command"]
        group = [w for w in words[:2] if re.fullmatch(r"[a-z]+", w)]
        done = CliRunner().invoke(main, [*group, "--help"])
        assert done.exit_code == 0, done.output
        for option in (w for w in words if w.startswith("--")):
            assert option in done.output


def test_what_is_mounted_is_there(compose: Compose) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
            else:
                assert source in compose["volumes"]


def test_start_order(compose: Compose) -> None:
    services = compose["services"]
    assert services["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert services["worker"]["depends_on"]["topics"]["condition"] == (
        "service_completed_successfully"
    )
    assert services["news"]["profiles"] == ["samples"]
    assert {n for n, s in services.items() if s["restart"] == "no"} == ONE_SHOT


def test_workers_can_be_scaled(compose: Compose) -> None:
    worker = compose["services"]["worker"]
    assert "ports" not in worker
    assert "container_name" not in worker


def test_prometheus_scrapes_what_workers_serve(compose: Compose) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "compose" / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    (lookup,) = job["dns_sd_configs"]
    assert lookup["names"] == ["worker"]
    assert lookup["port"] == declaration.Settings().metrics_port
    assert job["job_name"] == "frenemy"


def test_loads_as_docker_compose_loads_it(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("Go builds the loader of Docker Compose")
    loader = tmp_path / "loader"
    built = subprocess.run(
        ["go", "build", "-o", str(loader), "."],
        cwd=LOADER,
        env={**os.environ, "GOFLAGS": "-mod=readonly"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert not built.returncode, built.stderr
    done = subprocess.run([str(loader), str(COMPOSE)], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    loaded = json.loads(done.stdout)
    assert loaded["services"]["worker"]["environment"]["FRENEMY_BROKER"] == "kafka:29092"
    assert {"kafka", "topics", "worker", "news", "prometheus", "grafana"} == set(loaded["services"])
    broken = tmp_path / "broken.yml"
    broken.write_text(COMPOSE.read_text().replace("stop_grace_period", "stop_grace_time"))
    refused = subprocess.run([str(loader), str(broken)], capture_output=True, check=False)
    assert refused.returncode


def _environment(compose: Compose, name: str) -> list[tuple[str, str]]:
    return [(k, str(v)) for k, v in compose["services"][name]["environment"].items()]
