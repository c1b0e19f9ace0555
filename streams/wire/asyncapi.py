"""The AsyncAPI 3 document of the system, made from schemas, topics and settings."""

from typing import Any

from streams import __version__
from streams.contract import Topic, topics
from streams.wire.settings import Settings
from streams.wire.topic_admin import configuration, partitions_of

VERSION = "3.1.0"
# Who outside of the workers sends to a topic; all other public topics are written by workers.
WRITTEN_BY_OTHERS = ("articles_raw", "companies", "feedback")
INTERNAL = "Internal:"
HEADERS: dict[str, tuple[str, str]] = {
    "ce_specversion": ("1.0", "Version of CloudEvents."),
    "ce_id": ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "Id of the message: the same on every run."),
    "ce_type": ("frenemy.event", "`frenemy.` and the name of the schema."),
    "ce_source": ("news.frenemy", "Consumer group of the workers."),
    "ce_subject": ("microsoft~openai", "What the message is about: pair or article id."),
    "ce_time": ("2024-05-08T06:30:00Z", "When it was made, RFC 3339 in UTC."),
    "content-type": ("application/json", "Always JSON in UTF-8."),
    "traceparent": (
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "W3C Trace Context, where the article came with one.",
    ),
}


def public() -> dict[str, Topic]:
    """Topics that others than workers read or write, by handle."""
    return {
        handle: topic
        for handle, topic in topics().items()
        if not topic.purpose.startswith(INTERNAL) and topic.holds != "state"
    }


def document(settings: Settings, schemas: str = ".") -> dict[str, Any]:
    """The document under these settings.

    Args:
        settings: broker, prefix, partitions, login.
        schemas: where the schema files are, as a relative or absolute URL without trailing slash.
    """
    found = public()
    secured = settings.security_protocol.startswith("SASL")
    protocol = "kafka-secure" if settings.security_protocol.endswith("SSL") else "kafka"
    server: dict[str, Any] = {
        "host": settings.brokers[0],
        "protocol": protocol,
        "description": "The Kafka cluster.",
    }
    components: dict[str, Any] = {
        "messages": {t.holds: _message(t.holds, schemas) for t in found.values()},
        "messageTraits": {"cloudevent": {"headers": _headers()}},
    }
    if secured:
        server["security"] = [{"$ref": "#/components/securitySchemes/login"}]
        kind = {"PLAIN": "plain", "SCRAM-SHA-256": "scramSha256", "SCRAM-SHA-512": "scramSha512"}
        components["securitySchemes"] = {"login": {"type": kind[settings.sasl_mechanism]}}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Frenemy",
            "version": __version__,
            "description": "Who competes with whom and who works with whom, from a stream of news.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": server},
        "channels": {handle: _channel(topic, settings) for handle, topic in found.items()},
        "operations": {
            f"{_verb(handle)}_{handle}": _operation(handle, topic)
            for handle, topic in found.items()
        },
        "components": components,
    }


def _verb(handle: str) -> str:
    """What the application does: it receives what others write and sends the rest."""
    return "receive" if handle in WRITTEN_BY_OTHERS else "send"


def _operation(handle: str, topic: Topic) -> dict[str, Any]:
    return {
        "action": _verb(handle),
        "channel": {"$ref": f"#/channels/{handle}"},
        "summary": topic.purpose,
        "messages": [{"$ref": f"#/channels/{handle}/messages/{topic.holds}"}],
    }


def _channel(topic: Topic, settings: Settings) -> dict[str, Any]:
    settled = configuration(topic)
    binding: dict[str, Any] = {
        "partitions": partitions_of(topic, settings),
        "replicas": settings.replication,
        "topicConfiguration": {
            "cleanup.policy": settled["cleanup.policy"].split(","),
            "retention.ms": int(settled["retention.ms"]),
            "max.message.bytes": int(settled["max.message.bytes"]),
        },
        "bindingVersion": "0.5.0",
    }
    return {
        "address": settings.topic(topic.name),
        "description": f"{topic.purpose} Key: {topic.key}.",
        "messages": {topic.holds: {"$ref": f"#/components/messages/{topic.holds}"}},
        "bindings": {"kafka": binding},
    }


def _message(holds: str, schemas: str) -> dict[str, Any]:
    keys = sorted({topic.key for topic in topics().values() if topic.holds == holds})
    message: dict[str, Any] = {
        "name": holds,
        "contentType": "application/json",
        "payload": {"$ref": f"{schemas}/{holds}.schema.json"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": "; ".join(keys)},
                "bindingVersion": "0.5.0",
            }
        },
    }
    if holds not in {topics()[handle].holds for handle in WRITTEN_BY_OTHERS}:
        message["traits"] = [{"$ref": "#/components/messageTraits/cloudevent"}]
    return message


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in HEADERS if name != "traceparent"],
        "properties": {
            name: {"type": "string", "description": text, "examples": [example]}
            for name, (example, text) in HEADERS.items()
        },
    }
