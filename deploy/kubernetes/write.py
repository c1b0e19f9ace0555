"""Write the files of this folder that repeat what is declared elsewhere: python -m deploy.kubernetes.write."""

import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from streams.wire import strimzi
from streams.wire.settings import Settings

HERE = Path(__file__).parent
RULES = HERE.parent / "prometheus" / "rules"
CLUSTER = "kafka"
HEAD = "# Written by python -m deploy.kubernetes.write; do not edit.\n"


def files() -> dict[Path, str]:
    """Each file and its text. The rules of Prometheus are left out where there are none."""
    settings = msgspec.structs.replace(Settings(), replication=3)
    found = {
        HERE / "strimzi" / "topics.yaml": strimzi.topic_resources(settings, CLUSTER),
        HERE / "strimzi" / "users.yaml": strimzi.user_resources(settings, CLUSTER),
    }
    if RULES.is_dir():
        found[HERE / "rules.yaml"] = [_rules()]
    return {path: HEAD + _documents(resources) for path, resources in found.items()}


def _rules() -> dict[str, Any]:
    groups = [
        group
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]
    metadata = {"name": "frenemy", "namespace": "frenemy"}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": {"groups": groups},
    }


def _documents(resources: list[dict[str, Any]]) -> str:
    return yaml.safe_dump_all(resources, sort_keys=False, width=100, allow_unicode=True)


def main() -> None:
    """Write all files."""
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
