"""A worker as a process of its own, as people run it."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from streams.wire.settings import Settings, declared
from tests.broker.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
# A process that was killed still has to give its memory back, on a machine with other things to do.
END_SECONDS = 120


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process with these settings."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("FRENEMY_")}
    # Processes import this tree, installed or not.
    plain["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), plain.get("PYTHONPATH")]))
    changed = {
        str(row["environment"]): str(getattr(settings, str(row["name"])))
        for row in declared()
        if getattr(settings, str(row["name"])) != row["default"]
    }
    return {**plain, **changed}


class WorkerProcess:
    """Starts, kills and pauses a worker; `command` is what to run instead of `frenemy worker`."""

    def __init__(
        self, settings: Settings, log: Path, command: Sequence[str] = ("-m", "streams", "worker")
    ) -> None:
        self.settings = settings
        self.log = log
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start; `wait_ready` waits until it works."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                stdout=log,
                stderr=log,
                env=environment(self.settings),
                cwd=self.log.parent,
            )

    def wait_ready(self) -> None:
        """Wait until /readyz says yes."""
        wait_until(lambda: self.ready or not self.running, READY_SECONDS, "the worker to be ready")
        assert self.running, self.log.read_text()

    @property
    def ready(self) -> bool:
        """What /readyz says."""
        return self.get("/readyz")[0] == 200

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page of the worker; 0 where nobody listens."""
        url = f"http://{self.settings.metrics_host}:{self.settings.metrics_port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Exit code, waiting so long for it."""
        assert self._process is not None
        return self._process.wait(timeout=seconds)

    def terminate(self, seconds: float = 40) -> int:
        """Stop in order; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self) -> None:
        """Kill without warning."""
        self.signal(signal.SIGKILL)
        self.wait(END_SECONDS)

    def end(self) -> None:
        """Make sure that nothing is left of it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(END_SECONDS)
