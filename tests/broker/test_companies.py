"""The registry changes in a running worker, with articles flowing."""

import json

import pytest

from streams.wire.settings import Settings
from tests.broker.log import publish, read, read_until
from tests.broker.waiting import wait_until
from tests.broker.worker_process import WorkerProcess

pytestmark = pytest.mark.broker

TITLE = "Zyqrva Holm signs an agreement with Siemens"


def known(settings: Settings, number: int) -> bool:
    """Publish an article that names the company; whether the worker knows it as the registry says."""
    article = f"article-{number}"
    publish(settings, [(article.encode(), json.dumps({"id": article, "title": TITLE}).encode())])
    records = read_until(settings, "articles_enriched", lambda found: len(found) > number)
    (enriched,) = [
        data for r in records if (data := json.loads(r.value or b""))["article_id"] == article
    ]
    return any(c["id"] == "zyqrva" and c["known"] for c in enriched["companies"])


def test_a_company_is_added_and_removed_while_articles_flow(
    settings: Settings, worker: WorkerProcess
) -> None:
    counter = iter(range(1_000))
    assert not known(settings, next(counter))
    change = {"id": "zyqrva", "name": "Zyqrva Holm", "kinds": ["battery"]}
    publish(settings, [(b"zyqrva", json.dumps(change).encode())], "companies")
    wait_until(lambda: known(settings, next(counter)), 30, "the company to be known")
    publish(settings, [(b"zyqrva", b'{"id": "zyqrva", "deleted": true}')], "companies")
    wait_until(lambda: not known(settings, next(counter)), 30, "the company to be gone")
    versions = {
        json.loads(r.value or b"")["version"]["registry"]
        for r in read(settings, "articles_enriched")
    }
    assert len(versions) > 1


def test_a_bad_change_is_rejected_and_changes_nothing(
    settings: Settings, worker: WorkerProcess
) -> None:
    publish(settings, [(b"x", b'{"id": "x"}'), (b"y", b"garbage")], "companies")
    letters = read_until(settings, "articles_rejected", lambda found: len(found) == 2)
    assert {json.loads(r.value or b"")["reason"] for r in letters} == {"bad_company"}
    assert worker.ready
