"""The pictures of the dashboards: broker, workers and Prometheus, with news for some minutes.

python -m tests.broker.stage --minutes 8
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.grafana import render
from tests.broker.apache_kafka import ApacheKafka, free_port
from tests.broker.conftest import settings_for
from tests.broker.log import publish
from tests.broker.news import Newsroom
from tests.broker.prometheus_server import PrometheusServer
from tests.broker.worker_process import WorkerProcess

WORKERS = 2


def play(minutes: float, a_second: float) -> None:
    """News that turn from friendly to hostile, a burst that makes lag, a worker that goes and comes."""
    folder = Path(tempfile.mkdtemp(prefix="frenemy-stage-"))
    kafka = ApacheKafka()
    kafka.start()
    ports = [free_port() for _ in range(WORKERS)]
    settings = settings_for(kafka.bootstrap, metrics_port=ports[0], prefix="news")
    workers = [
        WorkerProcess(
            settings_for(kafka.bootstrap, metrics_port=port, prefix="news"), folder / f"{port}.log"
        )
        for port in ports
    ]
    prometheus = PrometheusServer(folder / "prometheus", [f"127.0.0.1:{port}" for port in ports])
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_ready()
        prometheus.start()
        begin = time.monotonic()
        number = 0
        gone = back = burst = False
        while (share := (time.monotonic() - begin) / (minutes * 60)) < 1:
            number += 1
            wave = a_second * (0.6 + 0.4 * abs((number % 40) - 20) / 20)
            if share > 0.35 and not burst:
                burst, wave = True, a_second * 40
            room = Newsroom(
                number,
                broken=0.02 + 0.1 * (0.75 < share < 0.85),
                # First the partners, then the rivals.
                hostile=0.05 if share < 0.3 else 0.7,
                watched=0.04,
            )
            publish(settings, room.articles(int(wave)))
            if share > 0.55 and not gone:
                gone = True
                workers[1].terminate()
            if share > 0.65 and not back:
                back = True
                workers[1].start()
            time.sleep(1.0)
        render.main(
            [prometheus.url, "--minutes", str((time.monotonic() - begin) / 60), "--scrape", "1"]
        )
    finally:
        for worker in workers:
            worker.end()
        prometheus.end()
        kafka.close()


def main(arguments: Sequence[str]) -> int:
    """Play and draw."""
    parser = argparse.ArgumentParser(prog="python -m tests.broker.stage")
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--rate", type=float, default=12.0, help="articles a second")
    given = parser.parse_args(arguments)
    play(given.minutes, given.rate)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
