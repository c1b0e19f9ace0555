"""deploy/kubernetes: valid by the schemas of each kind, fresh, and of one piece with what is declared."""

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from deploy.kubernetes import write
from streams.commands import main
from streams.contract import topics
from streams.wire import settings as declaration
from streams.wire.app import SOURCES
from streams.wire.settings import Settings
from streams.wire.strimzi import WORKER_READS, resource_name, user_resources
from tests import java_tools, node

FOLDER = Path(write.__file__).parent
SETTINGS = FOLDER / "settings.env"
CORE = ("v1", "apps/v1", "policy/v1", "networking.k8s.io/v1")

Resource = dict[str, Any]


def resources() -> list[Resource]:
    return [
        resource
        for path in sorted(FOLDER.rglob("*.yaml"))
        if path.name != "kustomization.yaml"
        for resource in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def one(kind: str) -> Resource:
    (found,) = [resource for resource in resources() if resource["kind"] == kind]
    return found


def core_faults(checked: Iterable[Resource]) -> list[str]:
    import kubernetes_validate

    faults = []
    for resource in checked:
        try:
            kubernetes_validate.validate(resource, "1.33", strict=True)
        except kubernetes_validate.ValidationError as error:
            faults.append(f"{resource['kind']}: {error.message}")
    return faults


def environment() -> dict[str, str]:
    lines = SETTINGS.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("path", write.files(), ids=lambda path: path.name)
def test_written_files_are_fresh(path: Path) -> None:
    assert path.read_text() == write.files()[path], "run python -m deploy.kubernetes.write"


def test_core_resources_are_valid() -> None:
    checked = [r for r in resources() if r["apiVersion"] in CORE]
    assert {r["kind"] for r in checked} >= {"Deployment", "PodDisruptionBudget", "NetworkPolicy"}
    assert core_faults(checked) == []


def test_the_core_check_says_no() -> None:
    broken = copy.deepcopy(one("Deployment"))
    broken["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    assert core_faults([broken])


def operator_faults(checked: list[Resource]) -> list[str]:
    return node.run(node.HERE / "resources.cjs", text=json.dumps(checked)).splitlines()


def test_resources_of_keda_and_prometheus_are_valid() -> None:
    checked = [
        r
        for r in resources()
        if r["apiVersion"] in ("keda.sh/v1alpha1", "monitoring.coreos.com/v1")
    ]
    assert {r["kind"] for r in checked} >= {
        "ScaledObject",
        "TriggerAuthentication",
        "ServiceMonitor",
    }
    assert operator_faults(checked) == []
    broken = copy.deepcopy(one("ScaledObject"))
    broken["spec"]["maxReplicaCount"] = "many"
    assert operator_faults([broken])


def test_resources_of_strimzi_are_what_the_operator_reads(tmp_path: Path) -> None:
    jars = java_tools.jars(java_tools.HERE / "strimzi.pom.xml")
    source = java_tools.HERE / "StrimziResources.java"
    done = java_tools.run(source, jars, *map(str, sorted((FOLDER / "strimzi").glob("*.yaml"))))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert f"topics.yaml: {len(topics())}" in done.stderr
    broken = tmp_path / "broken.yaml"
    text = (FOLDER / "strimzi" / "topics.yaml").read_text()
    broken.write_text(text.replace("partitions: 8", "partition: 8"))
    assert "unknown partition" in java_tools.run(source, jars, str(broken)).stdout


def test_all_that_is_checked_is_all_there_is() -> None:
    checked = {*CORE, "keda.sh/v1alpha1", "monitoring.coreos.com/v1", "kafka.strimzi.io/v1beta2"}
    assert {r["apiVersion"] for r in resources()} <= checked


def test_settings_are_declared() -> None:
    loaded = {k: v for k, v in environment().items() if not k.endswith("_FILE")}
    declaration.load(loaded)
    assert "FRENEMY_SASL_PASSWORD_FILE" in environment()


def test_names_hang_together() -> None:
    settings = declaration.load({"FRENEMY_PREFIX": environment()["FRENEMY_PREFIX"]})
    scaled = one("ScaledObject")["spec"]
    declared = {settings.topic(t.name): t for t in topics().values()}
    for trigger in scaled["triggers"]:
        assert trigger["metadata"]["consumerGroup"] == settings.group
        assert declared[trigger["metadata"]["topic"]].partitions == scaled["maxReplicaCount"]
        assert trigger["metadata"]["bootstrapServers"] == environment()["FRENEMY_BROKER"]
    container = one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert container["ports"][0]["containerPort"] == settings.metrics_port
    mounts = {m["mountPath"] for m in container["volumeMounts"]}
    for file in ("FRENEMY_SASL_PASSWORD_FILE", "FRENEMY_SSL_CAFILE"):
        assert str(Path(environment()[file]).parent) in mounts
    users = {r["metadata"]["name"] for r in resources() if r["kind"] == "KafkaUser"}
    assert environment()["FRENEMY_SASL_USERNAME"] in users


def test_a_stopping_worker_has_the_time_it_asks_for() -> None:
    grace = one("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > float(environment()["FRENEMY_SHUTDOWN_SECONDS"])


def test_labels_select_the_worker() -> None:
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"].items()
    assert one("Deployment")["spec"]["selector"]["matchLabels"].items() <= labels
    assert one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"].items() <= labels
    assert one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items() <= labels
    assert one("Service")["spec"]["selector"].items() <= labels
    service = one("Service")["metadata"]["labels"].items()
    assert one("ServiceMonitor")["spec"]["selector"]["matchLabels"].items() <= service


def test_every_file_is_applied_by_somebody() -> None:
    listed = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert listed == there


def test_workers_may_read_all_that_agents_read_and_users_know_all_topics() -> None:
    assert set(WORKER_READS) == set(SOURCES)
    names = {
        acl["resource"]["name"]
        for user in user_resources(Settings(), "kafka")
        for acl in user["spec"]["authorization"]["acls"]
    }
    assert {f"news.{topic.name}" for topic in topics().values()} <= names


def test_the_command_prints_the_same_resources() -> None:
    done = CliRunner().invoke(
        main, ["topics", "strimzi", "--cluster", "kafka", "--replication", "3"]
    )
    assert done.exit_code == 0, done.output
    printed = [yaml.safe_dump(item) for item in json.loads(done.output)["items"]]
    there = [r for r in resources() if r["apiVersion"].startswith("kafka.strimzi.io")]
    assert sorted(printed) == sorted(yaml.safe_dump(r) for r in there)


def test_names_of_resources() -> None:
    settings = msgspec.structs.replace(Settings(), prefix="My_News.x")
    assert resource_name(settings.topic("articles.raw")) == "my-news.x.articles.raw"


def test_policies() -> None:
    checkov = shutil.which("checkov") or os.environ.get("CHECKOV")
    if not checkov:
        pytest.skip("checkov is not installed")
    done = subprocess.run(
        [
            *(checkov, "--quiet", "--compact", "-d", str(FOLDER), "--framework", "kubernetes"),
            # A digest, and `Always`, are for the one who pushes the image; the secrets are mounted as files.
            *("--skip-check", "CKV_K8S_43,CKV_K8S_15"),
        ],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
