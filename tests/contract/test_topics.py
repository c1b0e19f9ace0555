"""The topics are declared soundly."""

import pytest

from streams import contract
from streams.articles.limits import DEFAULT_LIMITS
from streams.contract import Topic, topics


def faults_of(declared: dict[str, Topic]) -> list[str]:
    """What must hold between topics so that nothing gets stuck or lost."""
    raw, rejected = declared["articles_raw"], declared["articles_rejected"]
    faults = []
    if raw.max_message_bytes < DEFAULT_LIMITS.article_bytes:
        faults.append("the raw topic is smaller than an article may be")
    # Base64 makes 4 bytes of 3.
    if rejected.max_message_bytes < 2 * raw.max_message_bytes:
        faults.append("a dead letter may not fit its topic")
    if rejected.retention_days <= raw.retention_days:
        faults.append("dead letters are gone before their articles")
    for name, topic in declared.items():
        if topic.partitions not in (1, raw.partitions):
            faults.append(f"{name} has another number of partitions")
        if topic.cleanup not in ("delete", "compact"):
            faults.append(f"{name} is neither deleted nor compacted")
        if topic.holds == "state" and topic.cleanup != "compact":
            faults.append(f"{name} is a changelog that forgets")
    return faults


def test_topics_are_sound() -> None:
    assert faults_of(topics()) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("articles_raw", {"max_message_bytes": 1_000}),
        ("articles_rejected", {"max_message_bytes": 1_000_000}),
        ("articles_rejected", {"retention_days": 1}),
        ("detections", {"partitions": 3}),
        ("relations", {"cleanup": "keep"}),
        ("relations_state", {"cleanup": "delete"}),
    ],
)
def test_the_guard_says_no(name: str, change: dict[str, object]) -> None:
    import msgspec

    declared = dict(topics())
    declared[name] = msgspec.structs.replace(declared[name], **change)
    assert faults_of(declared)


def test_every_topic_holds_a_message_with_a_schema() -> None:
    for topic in topics().values():
        if topic.holds != "state":
            assert (contract.folder() / f"{topic.holds}.schema.json").exists()
