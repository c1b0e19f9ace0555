"""Topics and users as resources of the Strimzi operator, made from the declaration of the topics."""

import re
from typing import Any

from streams.contract import Topic, topics
from streams.wire.settings import Settings
from streams.wire.topic_admin import configuration, partitions_of

API = "kafka.strimzi.io/v1beta2"

# What each kind of user may do, by handle of the topic.
WORKER_READS = (
    "articles_raw",
    "articles_rekeyed",
    "companies",
    "detections",
    "feedback",
    "feedback_rekeyed",
)
WORKER_WRITES = (
    "articles_rekeyed",
    "articles_enriched",
    "articles_rejected",
    "detections",
    "events_competition",
    "events_partnership",
    "feedback_rekeyed",
    "relations",
    "relations_shifts",
)
PRODUCER_WRITES = ("articles_raw",)
SUBSCRIBER_READS = (
    "articles_enriched",
    "events_competition",
    "events_partnership",
    "relations",
    "relations_shifts",
)
EDITOR_READS = ("articles_rejected", "companies")
EDITOR_WRITES = ("articles_raw", "companies", "feedback")
READ = ("Read", "Describe", "DescribeConfigs")
WRITE = ("Write", "Describe")


def topic_resources(settings: Settings, cluster: str) -> list[dict[str, Any]]:
    """A KafkaTopic for each topic.

    Args:
        settings: prefix, partitions and replication.
        cluster: name of the Kafka resource that the topics belong to.
    """
    return [
        {
            "apiVersion": API,
            "kind": "KafkaTopic",
            "metadata": {
                "name": resource_name(settings.topic(topic.name)),
                "labels": _labels(cluster),
            },
            "spec": {
                "topicName": settings.topic(topic.name),
                "partitions": partitions_of(topic, settings),
                "replicas": settings.replication,
                "config": configuration(topic),
            },
        }
        for topic in topics().values()
    ]


def user_resources(settings: Settings, cluster: str) -> list[dict[str, Any]]:
    """KafkaUsers with a generated password each: worker, producer, subscriber and editor.

    The worker may do what a worker does; the producer may write raw articles; the subscriber may read
    results, in groups that begin with `<prefix>.subscriber`; the editor changes the registry, gives
    feedback, and reads and replays what was rejected.
    """
    states = [handle for handle, topic in topics().items() if topic.holds == "state"]
    rules = {
        "worker": [
            *(_topic(settings, handle, READ) for handle in (*WORKER_READS, *states)),
            *(_topic(settings, handle, WRITE) for handle in (*WORKER_WRITES, *states)),
            _group(settings.group, "literal"),
            # Before it starts, a worker compares all topics with their declaration.
            *(_topic(settings, handle, ("Describe", "DescribeConfigs")) for handle in topics()),
        ],
        "producer": [_topic(settings, handle, WRITE) for handle in PRODUCER_WRITES],
        "subscriber": [
            *(_topic(settings, handle, READ) for handle in SUBSCRIBER_READS),
            _group(f"{settings.prefix}.subscriber", "prefix"),
        ],
        "editor": [
            *(_topic(settings, handle, READ) for handle in EDITOR_READS),
            *(_topic(settings, handle, WRITE) for handle in EDITOR_WRITES),
        ],
    }
    return [
        {
            "apiVersion": API,
            "kind": "KafkaUser",
            "metadata": {
                "name": resource_name(f"{settings.prefix}-{role}"),
                "labels": _labels(cluster),
            },
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {"type": "simple", "acls": _merged(acls)},
            },
        }
        for role, acls in rules.items()
    ]


def resource_name(name: str) -> str:
    """A Kafka name as the name of a Kubernetes resource: lower case, no underscores."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")


def _labels(cluster: str) -> dict[str, str]:
    return {"strimzi.io/cluster": cluster, "app.kubernetes.io/part-of": "frenemy"}


def _topic(settings: Settings, handle: str, operations: tuple[str, ...]) -> dict[str, Any]:
    declared: Topic = topics()[handle]
    name = settings.topic(declared.name)
    resource = {"type": "topic", "name": name, "patternType": "literal"}
    return {"resource": resource, "operations": list(operations)}


def _group(name: str, pattern: str) -> dict[str, Any]:
    resource = {"type": "group", "name": name, "patternType": pattern}
    return {"resource": resource, "operations": ["Read", "Describe"]}


def _merged(acls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One rule for each resource, its operations in order of first mention."""
    merged: dict[str, dict[str, Any]] = {}
    for acl in acls:
        known = merged.setdefault(acl["resource"]["type"] + acl["resource"]["name"], acl)
        known["operations"] = list(dict.fromkeys([*known["operations"], *acl["operations"]]))
    return list(merged.values())
