"""schemas/asyncapi.yaml is fresh, right by the official parser, and says what the contract says."""

import json

import pytest
import yaml
from click.testing import CliRunner

from deploy import asyncapi as written
from streams.commands import main
from streams.contract import topics
from streams.wire.asyncapi import HEADERS, WRITTEN_BY_OTHERS, document, public
from streams.wire.envelope import cloudevent
from streams.wire.settings import Settings
from streams.wire.strimzi import WORKER_WRITES
from tests import node


def verdict(text: str) -> list[str]:
    """What the official parser says of a document, run where its schemas are."""
    here = json.dumps(str(written.TARGET.parent))
    found = f"process.chdir({here}); require({json.dumps(str(node.HERE / 'asyncapi.cjs'))});"
    return node.evaluate(found, text=text).splitlines()


def test_fresh() -> None:
    assert written.TARGET.read_text(encoding="utf-8") == written.text(), (
        "run python -m deploy.asyncapi"
    )


def test_the_official_parser_finds_no_fault() -> None:
    assert verdict(written.TARGET.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("action: receive", "action: listen"),
        ("address: news.articles.raw", "adress: news.articles.raw"),
        ("./event.schema.json", "./no-such.schema.json"),
        ("'#/channels/articles_raw'", "'#/channels/articles_rare'"),
    ],
)
def test_the_official_parser_says_no(before: str, after: str) -> None:
    text = written.TARGET.read_text(encoding="utf-8")
    assert before in text
    assert any(line.startswith("error") for line in verdict(text.replace(before, after)))


def test_every_public_topic_is_a_channel_with_its_schema() -> None:
    made = document(Settings())
    for handle, topic in public().items():
        channel = made["channels"][handle]
        assert channel["address"] == f"news.{topic.name}"
        assert channel["bindings"]["kafka"]["partitions"] == topic.partitions
        assert (written.TARGET.parent / f"{topic.holds}.schema.json").is_file()
    hidden = topics().keys() - public().keys()
    assert all(topics()[handle].purpose.startswith("Internal") for handle in hidden)


def test_direction_is_as_the_workers_have_it() -> None:
    sent = public().keys() - set(WRITTEN_BY_OTHERS)
    assert sent == set(WORKER_WRITES) & public().keys()


def test_headers_are_those_that_are_sent() -> None:
    sent = cloudevent(kind="event", id="i", source="s", subject="p", time="t")
    assert {name for name, _ in sent} == HEADERS.keys() - {"traceparent"}


def test_other_settings_give_another_document() -> None:
    done = CliRunner().invoke(
        main,
        [
            *("topics", "asyncapi", "--prefix", "my.news", "--broker", "kafka:9093"),
            *("--security-protocol", "SASL_SSL", "--partitions", "24"),
        ],
    )
    assert done.exit_code == 0, done.output
    made = json.loads(done.output)
    assert made["channels"]["articles_raw"]["address"] == "my.news.articles.raw"
    assert made["channels"]["articles_raw"]["bindings"]["kafka"]["partitions"] == 24
    assert made["servers"]["kafka"]["protocol"] == "kafka-secure"
    assert verdict(yaml.safe_dump(made)) == []
