"""The faults: what is done to workers and broker, and how it is undone."""

import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from streams.wire.settings import Settings
from tests.broker.apache_kafka import ApacheKafka, free_port
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess
from tests.faults.operator import Operator

RECOVERY_SECONDS = 300
LAG = re.compile(r"^frenemy_lag_messages\{[^}]*\} (\S+)$", re.MULTILINE)


@dataclass(slots=True)
class Stage:
    """Broker and workers under attack."""

    broker: ApacheKafka
    settings: Settings
    folder: Path
    workers: list[WorkerProcess]
    too_large: bool = False

    @property
    def operator(self) -> Operator:
        """Who changes the broker."""
        return Operator(self.broker, self.settings)

    def add_worker(self) -> WorkerProcess:
        """One more worker, on metrics of its own."""
        settings = msgspec.structs.replace(self.settings, metrics_port=free_port())
        worker = WorkerProcess(settings, self.folder / f"worker-{settings.metrics_port}.log")
        worker.start()
        self.workers.append(worker)
        return worker

    def revive(self) -> None:
        """Start again what is not running, as a supervisor would."""
        if not self.broker.running:
            self.broker.start()
        for worker in self.workers:
            if not worker.running:
                worker.start()

    def recover(self) -> float:
        """Wait until every worker is ready; seconds it took."""
        begin = time.monotonic()

        def all_ready() -> bool:
            self.revive()
            return all(worker.ready for worker in self.workers)

        wait_until(all_ready, RECOVERY_SECONDS, "all workers to be ready")
        return time.monotonic() - begin

    def supervised(self, condition: Callable[[], bool]) -> bool:
        """Whether a condition holds; a worker that left by itself is started again, as everywhere."""
        self.revive()
        return condition()

    def waiting(self) -> int:
        """Messages that workers have not processed, as far as those tell that answer."""
        texts = [worker.get("/metrics")[1] for worker in list(self.workers)]
        return sum(int(float(found)) for text in texts for found in LAG.findall(text))

    def close(self) -> None:
        """End everything."""
        for worker in self.workers:
            worker.end()
        self.broker.close()


Fault = Callable[[Stage, random.Random], None]


def kill_worker(stage: Stage, chance: random.Random) -> None:
    """kill -9."""
    chance.choice(stage.workers).kill()


def kill_all_workers(stage: Stage, chance: random.Random) -> None:
    """kill -9 for all at once."""
    for worker in stage.workers:
        worker.kill()


def terminate_worker(stage: Stage, chance: random.Random) -> None:
    """An orderly stop."""
    chance.choice(stage.workers).terminate(60)


def add_and_remove_worker(stage: Stage, chance: random.Random) -> None:
    """Two rebalances."""
    worker = stage.add_worker()
    worker.wait_ready()
    stage.workers.remove(worker)
    worker.terminate(60)


def pause_worker(stage: Stage, chance: random.Random) -> None:
    """SIGSTOP until the group has thrown the worker out."""
    worker = chance.choice(stage.workers)
    worker.signal(signal.SIGSTOP)
    time.sleep(stage.settings.session_seconds * 1.5)
    worker.signal(signal.SIGCONT)


def restart_broker(stage: Stage, chance: random.Random) -> None:
    """An orderly stop and start."""
    stage.broker.restart()


def kill_broker(stage: Stage, chance: random.Random) -> None:
    """kill -9 of the broker."""
    stage.broker.kill()
    stage.broker.start()


def pause_broker(stage: Stage, chance: random.Random) -> None:
    """The broker answers nothing for a while, connections stay open."""
    stage.broker.pause()
    time.sleep(chance.uniform(2, 8))
    stage.broker.resume()


def kill_worker_and_broker(stage: Stage, chance: random.Random) -> None:
    """Both at once."""
    chance.choice(stage.workers).kill()
    stage.broker.kill()
    stage.broker.start()


def add_worker_for_a_while(stage: Stage, chance: random.Random) -> None:
    """One more worker at work, then kill -9 for it."""
    worker = stage.add_worker()
    worker.wait_ready()
    time.sleep(chance.uniform(0.5, 2))
    stage.workers.remove(worker)
    worker.kill()


def lower_message_size(stage: Stage, chance: random.Random) -> None:
    """Enriched articles are too large for their topic for a while; then they are sent again by hand."""
    operator = stage.operator
    operator.limit_message_bytes("articles_enriched", 700)
    time.sleep(chance.uniform(1, 3))
    operator.limit_message_bytes("articles_enriched", None)
    stage.too_large = True


def delete_output(stage: Stage, chance: random.Random) -> None:
    """An output topic is deleted and made again a little later; each pair is told again after it."""
    operator = stage.operator
    operator.delete_topic("relations")
    time.sleep(chance.uniform(0.5, 3))
    operator.create_topics()


def deny_output(stage: Stage, chance: random.Random) -> None:
    """Writing to an output topic is forbidden for a while."""
    operator = stage.operator
    topic = chance.choice(["articles_enriched", "events_competition", "relations", "detections"])
    operator.deny_writing(topic)
    time.sleep(chance.uniform(1, 4))
    operator.allow_writing(topic)


def throttle_writing(stage: Stage, chance: random.Random) -> None:
    """A quota lets hardly anything through for a while, as a disk that is all but full does."""
    operator = stage.operator
    operator.throttle(2_000)
    time.sleep(chance.uniform(1, 3))
    operator.throttle(None)


def fill_queue(stage: Stage, chance: random.Random) -> None:
    """Messages pile up before frozen workers, which then fill their queue before a frozen broker."""
    for worker in stage.workers:
        worker.signal(signal.SIGSTOP)
    time.sleep(stage.settings.session_seconds * 0.6)
    for worker in stage.workers:
        worker.signal(signal.SIGCONT)
    time.sleep(chance.uniform(0.05, 0.4))
    stage.broker.pause()
    time.sleep(chance.uniform(2, 5))
    stage.broker.resume()


FAULTS: dict[str, tuple[Fault, int]] = {
    "kill worker": (kill_worker, 5),
    "kill all workers": (kill_all_workers, 2),
    "terminate worker": (terminate_worker, 3),
    "add and remove a worker": (add_and_remove_worker, 2),
    "pause worker": (pause_worker, 2),
    "restart broker": (restart_broker, 2),
    "kill broker": (kill_broker, 2),
    "pause broker": (pause_broker, 1),
    "kill worker and broker": (kill_worker_and_broker, 2),
    "add and kill a worker": (add_worker_for_a_while, 2),
    "message too large": (lower_message_size, 2),
    "delete an output topic": (delete_output, 2),
    "forbid an output": (deny_output, 2),
    "quota": (throttle_writing, 2),
    "fill the queue": (fill_queue, 2),
}


def choose(chance: random.Random) -> str:
    """A fault by its weight."""
    names = list(FAULTS)
    return chance.choices(names, weights=[FAULTS[name][1] for name in names])[0]
