"""What readers say of events."""

from typing import Any

import pytest

from streams.articles.identity import event_id
from streams.messages import Feedback
from streams.relations.verdicts import checked, given
from tests.unit.relations.made import PAIR, detection, event, run, says

ID = event("a").event_id


def verdict(says: str, **more: Any) -> Feedback:
    values: dict[str, Any] = {"event_id": ID, "pair": PAIR, "given_at": "2024-05-09T00:00:00Z"}
    return Feedback(verdict=says, **{**values, **more})  # type: ignore[arg-type] # right or wrong


def test_a_wrong_event_is_taken_back_and_the_relation_without_it() -> None:
    _, (_, after) = run([says("a"), verdict("wrong")])
    assert [(e.event_id, e.retracted) for e in after.events] == [(ID, True)]
    assert after.relation is not None
    assert after.relation.stance == "none"
    assert [s.to_stance for s in after.shifts] == ["none"]


def test_it_stays_so_when_the_article_comes_again_or_for_the_first_time() -> None:
    _, (_, _, again) = run([says("a"), verdict("wrong"), says("a")])
    assert [e.retracted for e in again.events] == [True]
    _, (_, first) = run([verdict("wrong"), says("a")])
    assert [e.retracted for e in first.events] == [True]
    assert first.shifts == ()


def test_a_right_event_becomes_certain() -> None:
    _, (before, after) = run([says("a", confidence=0.4), verdict("right")])
    assert after.events[0].confidence == 1.0
    assert after.relation is not None
    assert after.relation.competition == pytest.approx(0.5)
    assert before.relation is not None
    assert before.relation.competition < 0.3


def test_a_corrected_type_takes_the_event_back_and_publishes_the_right_one() -> None:
    _, (_, after) = run([says("a"), verdict("wrong", type="partnership")])
    taken_back, right = after.events
    assert (taken_back.event_id, taken_back.type, taken_back.retracted) == (ID, "competition", True)
    assert right.event_id == event_id("a", "partnership", PAIR, "asserted")
    assert (right.type, right.subtype, right.retracted) == ("partnership", "other", False)
    assert [p.role for p in right.participants] == ["partner", "partner"]
    assert (right.confidence, after.relation and after.relation.stance) == (1.0, "allies")


def test_a_corrected_status_that_the_article_tells_too_makes_that_one_certain() -> None:
    told = detection("a", event("a"), event("a", status="planned", confidence=0.4))
    _, (_, after) = run([told, verdict("right", status="planned")])
    assert [(e.status, e.confidence, e.retracted) for e in after.events] == [
        ("asserted", 1.0, True),
        ("planned", 1.0, False),
    ]


def test_the_verdict_given_last_holds_and_takes_the_other_back() -> None:
    later = verdict("right", given_at="2024-05-10T00:00:00Z")
    wrong = verdict("wrong", type="partnership")
    for order in ([wrong, later], [later, wrong]):
        state, outcomes = run([says("a"), *order])
        assert state.verdicts[ID] == later
        last = {e.event_id: e.retracted for o in outcomes for e in o.events}
        assert last[ID] is False
        assert last.get(event_id("a", "partnership", PAIR, "asserted"), True) is True


def test_the_same_verdict_again_publishes_the_same() -> None:
    _, (_, first, again) = run([says("a"), verdict("wrong"), verdict("wrong")])
    assert again == first


def test_verdicts_are_bounded() -> None:
    verdicts: dict[str, Feedback] = {}
    for i in range(1_005):
        after = given(verdicts, verdict("wrong", event_id=f"{i:032x}", given_at=f"{i:06d}"))
        assert after is not None
        verdicts = after
    assert len(verdicts) == 1_000
    assert f"{4:032x}" not in verdicts


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": "../../etc"},
        {"event_id": ""},
        {"pair": "openai"},
        {"pair": "openai~microsoft"},
        {"pair": "a~b~c"},
        {"given_at": "yesterday"},
        {"note": "x" * 5_000},
        {"who": "x" * 300},
    ],
)
def test_what_names_no_event_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="`"):
        checked(verdict("wrong", **wrong))


def test_a_time_is_brought_into_utc() -> None:
    assert checked(verdict("wrong", given_at="2024-05-09T02:00:00+02:00")).given_at == (
        "2024-05-09T00:00:00Z"
    )
