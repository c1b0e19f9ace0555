"""An article whose result its topic refuses ends rejected, with nothing else to be seen of it."""

import json
from pathlib import Path

import pytest

from tests.broker.apache_kafka import ApacheKafka
from tests.broker.conftest import settings_for
from tests.broker.log import publish, read, read_until
from tests.broker.test_rejected import GOOD, frenemy
from tests.broker.worker_process import WorkerProcess
from tests.faults.operator import Operator

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]


def test_nothing_comes_of_an_article_before_its_topic_takes_it(
    own_broker: ApacheKafka, tmp_path: Path
) -> None:
    settings = settings_for(own_broker.bootstrap)
    operator = Operator(own_broker, settings)
    operator.limit_message_bytes("articles_enriched", 300)
    worker = WorkerProcess(settings, tmp_path / "worker.log")
    worker.start()
    try:
        worker.wait_ready()
        article = json.dumps({**json.loads(GOOD), "id": "a1"}).encode()
        publish(settings, [(b"a1", article)])
        (letter,) = read_until(settings, "articles_rejected", lambda found: len(found) >= 1)
        assert json.loads(letter.value or b"")["reason"] == "result_too_large"
        assert read(settings, "articles_enriched") == []
        assert read(settings, "detections") == []

        operator.limit_message_bytes("articles_enriched", None)
        frenemy(settings, "replay")
        (event,) = read_until(settings, "events_partnership", lambda found: len(found) >= 1)
        assert json.loads(event.value or b"")["article"]["id"] == "a1"
        (enriched,) = read(settings, "articles_enriched")
        assert json.loads(enriched.value or b"")["article_id"] == "a1"
    finally:
        worker.end()
