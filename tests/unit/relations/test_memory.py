"""What is remembered of an article: revisions, event times, pairs."""

from typing import Any

import pytest

from streams.articles.identity import content_hash
from streams.articles.memory import ArticleState, decode, encode, event_time, remember
from streams.messages import Detection, Enriched, Event, Version
from tests.unit.relations.made import PAIR, VERSION, event

MAY = 1_715_000_000_000
P1, P2 = "2024-05-05T00:00:00Z", "2024-05-06T00:00:00Z"


def enriched(body: str = "text", *events: Event, **more: Any) -> Enriched:
    values: dict[str, Any] = {
        "article_id": "a",
        "title": "",
        "body": body,
        "lang": "en",
        "published_at": P1,
        "processed_at": "2024-05-08T00:00:00Z",
        "content_hash": content_hash("", body),
        "version": VERSION,
        "companies": (),
        "events": events,
    }
    return Enriched(**{**values, **more})


def run(*revisions: tuple[Enriched, int]) -> tuple[ArticleState, list[tuple[Detection, ...]]]:
    state: ArticleState | None = None
    said = []
    for revision, arrived in revisions:
        state, detections = remember(state, revision, arrived)
        assert decode(encode(state)) == state
        said.append(detections)
    assert state is not None
    return state, said


def test_an_event_time_is_when_it_was_published() -> None:
    assert event_time(P1, MAY) == P1
    assert event_time("2024-05-07T00:00:00Z", MAY) == "2024-05-07T00:00:00Z"


@pytest.mark.parametrize(
    "nonsense", [None, "1970-01-01T00:00:00Z", "2031-01-01T00:00:00Z", "0001-01-01T00:00:00Z"]
)
def test_an_event_time_that_cannot_be_is_when_it_came(nonsense: str | None) -> None:
    assert event_time(nonsense, MAY) == "2024-05-06T12:53:20Z"


def test_an_archive_has_the_same_event_times_as_the_day_itself() -> None:
    assert event_time(P1, MAY) == event_time(P1, MAY + 500 * 86_400_000)


def test_the_same_revision_says_the_same_again_whenever_it_comes() -> None:
    told = enriched("text", event("a"), published_at=None)
    state, said = run((told, MAY), (told, MAY + 5_000))
    assert said[0] == said[1]
    assert state.event_time == "2024-05-06T12:53:20Z"


def test_a_correction_says_what_is_left_of_all_pairs() -> None:
    other = event("a", pair="apple~google")
    first, second = enriched("one", event("a")), enriched("two", other)
    state, (_, said) = run((first, MAY), (second, MAY + 1))
    assert {d.pair: len(d.events) for d in said} == {PAIR: 0, "apple~google": 1}
    assert said[0].revision > run((first, MAY))[1][0][0].revision
    assert set(state.pairs) == {PAIR, "apple~google"}


def test_a_withdrawal_says_nothing_of_all_pairs() -> None:
    gone = enriched("", deleted=True, published_at=None)
    _, (_, said) = run((enriched("one", event("a")), MAY), (gone, MAY + 1))
    assert [(d.pair, d.events, d.story) for d in said] == [(PAIR, (), None)]


def test_an_older_version_that_comes_late_changes_nothing() -> None:
    old, new = enriched("one", event("a")), enriched("two", published_at=P2)
    state, said = run((new, MAY), (old, MAY + 1))
    assert said[1] == ()
    assert state == run((new, MAY))[0]


def test_a_version_that_was_replaced_does_not_come_back_by_repetition() -> None:
    old, new = enriched("one", event("a")), enriched("two")
    state, said = run((old, MAY), (new, MAY + 1), (old, MAY + 2))
    assert said[2] == ()
    assert state.text == run((new, MAY))[0].text


def test_a_withdrawn_article_that_comes_late_stays_withdrawn() -> None:
    gone = enriched("", deleted=True, published_at=None)
    _, said = run((gone, MAY), (enriched("one", event("a")), MAY + 1))
    assert said[1] == ()


def test_another_version_of_the_program_reads_an_unchanged_text_anew() -> None:
    first = enriched("one", event("a"))
    later = enriched("one", version=Version(program="2", registry="2", model="3"))
    _, (before, after) = run((first, MAY), (later, MAY))
    assert after[0].revision > before[0].revision
    assert (after[0].pair, after[0].events) == (PAIR, ())


def test_the_source_is_the_host_where_none_is_named() -> None:
    named = enriched("one", event("a"), source="AFP", url="https://lesoir.example/a")
    hosted = enriched("one", event("a"), url="https://lesoir.example/a")
    broken = enriched("one", event("a"), url="http://[::1")
    sources = [run((e, MAY))[1][0][0].source for e in (named, hosted, broken)]
    assert sources == ["AFP", "lesoir.example", None]
