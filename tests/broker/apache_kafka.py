"""Apache Kafka from its Maven artifacts: one KRaft node that can be stopped, killed and started again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

POM = Path(__file__).with_name("pom.xml")
CLUSTER_ID = "ZnJlbmVteS10ZXN0LTAwMQ"
START_SECONDS = 180
END_SECONDS = 120


def available() -> bool:
    """Whether Java and Maven are there."""
    return shutil.which("java") is not None and shutil.which("mvn") is not None


def jars() -> Path:
    """The folder of Kafka's jars, fetched once a machine."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "frenemy" / "kafka-4.1.1"
    )
    if not (cache / "complete").exists():
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                "mvn",
                "-q",
                "-B",
                "-f",
                str(POM),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={cache}",
            ],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"Maven could not fetch Apache Kafka:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        (cache / "complete").touch()
    return cache


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class ApacheKafka:
    """One broker. `overrides` are server properties; the data outlive `stop` and `kill`, not `close`."""

    def __init__(
        self,
        overrides: Mapping[str, str] | None = None,
        heap: str = "384m",
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self._controller_port = free_port()
        self._heap = heap
        self._folder = Path(tempfile.mkdtemp(prefix="frenemy-kafka-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self._folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "auto.create.topics.enable": "false",
            "num.network.threads": "2",
            "num.io.threads": "2",
            "log.cleaner.dedupe.buffer.size": "8388608",
            "log.flush.interval.messages": "9223372036854775807",
            **(overrides or {}),
        }
        self.properties = self._folder / "server.properties"
        self.properties.write_text("".join(f"{k}={v}\n" for k, v in properties.items()))
        self.tool("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(self.properties))

    @property
    def bootstrap(self) -> str:
        """Address of the broker."""
        return f"127.0.0.1:{self.port}"

    @property
    def folder(self) -> Path:
        """Where the broker keeps its files until `close`."""
        return self._folder

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until the broker answers."""
        log = (self._folder / "broker.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [*self._java("kafka.Kafka"), str(self.properties)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), 1),
            ):
                return
            time.sleep(0.1)
        self._end(signal.SIGKILL)
        tail = (self._folder / "broker.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"the broker did not start:\n{tail}")

    def stop(self) -> None:
        """Stop in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill without warning."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze the process: connections stay open and nothing is answered."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            self._paused = True

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._paused = False

    def restart(self) -> None:
        """Stop in order and start again."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Kill and remove all files."""
        self._end(signal.SIGKILL)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, with_signal: signal.Signals) -> None:
        if self._process is None:
            return
        if self._paused:
            self.resume()
        self._process.send_signal(with_signal)
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=END_SECONDS)
        self._process = None

    def _java(self, main: str) -> list[str]:
        return ["java", f"-Xmx{self._heap}", "-XX:+UseSerialGC", "-cp", f"{jars()}/*", main]

    def tool(self, main: str, *arguments: str) -> None:
        """Run one of Kafka's own commands.

        Raises:
            RuntimeError: where it fails, with what it said.
        """
        done = subprocess.run(
            [*self._java(main), *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{main} failed:\n{done.stdout}{done.stderr}")
