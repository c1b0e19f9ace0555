"""What an operator does to a broker, rightly or wrongly: limits, rights, quotas, topics."""

import asyncio
import subprocess
import sys
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin._acl import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
)
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from streams.contract import topics
from streams.wire import topic_admin
from streams.wire.settings import Settings
from tests.broker.administrator import ANSWER_SECONDS, admin_client
from tests.broker.apache_kafka import ApacheKafka
from tests.broker.waiting import wait_until
from tests.broker.worker_process import environment

ROOT = Path(__file__).resolve().parents[2]
EVERYBODY = "User:ANONYMOUS"

# Who is not named in a rule may do everything; the harness's clients have no names.
AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}


class Operator:
    """Changes a broker while workers run, and changes it back."""

    def __init__(self, broker: ApacheKafka, settings: Settings) -> None:
        self._broker = broker
        self._settings = settings
        self._client = admin_client(settings)

    def limit_message_bytes(self, handle: str, limit: int | None) -> None:
        """The largest batch that a topic takes; None as declared."""
        declared = topics()[handle]
        value = str(declared.max_message_bytes if limit is None else limit)
        entry = ConfigEntry("max.message.bytes", value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(
            ResourceType.TOPIC, self._name(handle), incremental_configs=[entry]
        )
        for future in self._client.incremental_alter_configs([resource]).values():
            future.result(ANSWER_SECONDS)

    def deny_writing(self, handle: str) -> None:
        """Nobody may write to a topic; reading it and asking about it go on."""
        for future in self._client.create_acls(self._rules(handle)).values():
            future.result(ANSWER_SECONDS)

    def allow_writing(self, handle: str) -> None:
        """Take the rules of a topic away."""
        everything = AclBindingFilter(
            ResourceType.TOPIC,
            self._name(handle),
            ResourcePatternType.LITERAL,
            EVERYBODY,
            "*",
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        for future in self._client.delete_acls([everything]).values():
            future.result(ANSWER_SECONDS)

    def delete_topic(self, handle: str) -> None:
        """Delete a topic with all that it holds."""
        name = self._name(handle)
        for future in self._client.delete_topics([name]).values():
            future.result(ANSWER_SECONDS)
        wait_until(lambda: name not in self._topics(), ANSWER_SECONDS, f"{name} to go")

    def create_topics(self) -> None:
        """What `frenemy topics create` does."""

        def created() -> bool:
            try:
                states = asyncio.run(topic_admin.create(self._settings))
            except topic_admin.BrokerError:
                return False
            return not any(state.faults for state in states)

        wait_until(created, ANSWER_SECONDS, "the topics to be there again")

    def throttle(self, bytes_per_second: int | None) -> None:
        """A quota for what every client may write; None takes it away."""
        change = (
            ["--delete-config", "producer_byte_rate"]
            if bytes_per_second is None
            else ["--add-config", f"producer_byte_rate={bytes_per_second}"]
        )
        self._broker.tool(
            "kafka.admin.ConfigCommand",
            "--bootstrap-server",
            self._broker.bootstrap,
            "--alter",
            *change,
            "--entity-type",
            "clients",
            "--entity-default",
        )

    def replay_too_large(self) -> None:
        """`frenemy rejected replay`, once the limit is as it should be.

        Raises:
            RuntimeError: where the command fails.
        """
        done = subprocess.run(
            [sys.executable, "-m", "streams", "rejected", "replay", "--reason", "result_too_large"],
            env={**environment(self._settings), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"replay failed:\n{done.stdout}{done.stderr}")

    def _rules(self, handle: str) -> list[AclBinding]:
        return [
            AclBinding(
                ResourceType.TOPIC,
                self._name(handle),
                ResourcePatternType.LITERAL,
                EVERYBODY,
                "*",
                operation,
                permission,
            )
            for operation, permission in (
                (AclOperation.ALL, AclPermissionType.ALLOW),
                (AclOperation.WRITE, AclPermissionType.DENY),
            )
        ]

    def _topics(self) -> set[str]:
        try:
            return set(self._client.list_topics(timeout=ANSWER_SECONDS).topics)
        except KafkaException:
            return {self._settings.prefix}

    def _name(self, handle: str) -> str:
        return self._settings.topic(topics()[handle].name)
