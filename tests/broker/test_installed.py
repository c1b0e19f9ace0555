"""A worker from the installed wheel, without the repository, on Apache Kafka."""

from pathlib import Path

import pytest

from streams.wire.settings import Settings
from tests import wheel
from tests.broker.log import publish, read_until
from tests.broker.worker_process import WorkerProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]


def test_worker_of_the_installed_wheel(settings: Settings, tmp_path: Path) -> None:
    site = wheel.install(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import streams; assert streams.__file__.startswith(sys.path[0])\n"
        "from streams.commands import main; main(['worker'])"
    )
    worker = WorkerProcess(settings, tmp_path / "worker.log", ("-c", code))
    worker.start()
    try:
        worker.wait_ready()
        publish(settings, [(b"1", b'{"id": "1", "title": "Renault and Nissan form an alliance"}')])
        (record,) = read_until(settings, "articles_enriched", lambda records: len(records) == 1)
        assert record.key == b"1"
        assert worker.terminate() == 0
    finally:
        worker.end()
