"""What comes of single messages: strengths, shifts, novelty, retractions."""

import pytest

from streams.messages import Relation
from streams.relations.relate import relate
from streams.relations.relation import relation, report, standing_events
from streams.relations.rules import Rules
from streams.relations.state import PairState, encode
from streams.relations.strength import standings
from tests.unit.relations.made import RULES, detection, event, mark, run, says


def standing(*messages: object) -> Relation:
    state, _ = run(messages)  # type: ignore[arg-type] # detections and verdicts
    shown = relation(state, RULES)
    assert shown is not None
    return shown


def test_one_certain_report_is_half_and_a_second_story_half_of_the_rest() -> None:
    assert standing(says("a")).competition == pytest.approx(0.5)
    assert standing(says("a"), says("b")).competition == pytest.approx(0.75)


def test_confidence_and_rumour_weigh_less() -> None:
    assert standing(says("a", confidence=0.5)).competition == pytest.approx(1 - 2**-0.5)
    assert standing(says("a", status="planned")).competition == pytest.approx(1 - 2**-0.8)
    assert standing(says("a", status="rumoured")).competition == pytest.approx(1 - 2**-0.4)


def test_a_copy_adds_nothing_and_an_independent_source_half_as_much_again() -> None:
    first = says("a", source="AFP", text="same")
    copy = says("b", source="Le Soir", text="same")
    assert standing(first, copy).competition == pytest.approx(0.5)
    rewrite = says("c", source="Reuters", text="same+other")
    second_rewrite = says("d", source="Reuters", text="same+third")
    story = [first, copy, rewrite, second_rewrite]
    assert standing(*story).counts.stories == 1


def test_evidence_halves_with_every_half_life() -> None:
    old, new = says("a"), says("b", "partnership", day=180)
    shown = standing(old, new)
    assert shown.competition == pytest.approx(1 - 2**-0.5)
    assert shown.competition == pytest.approx(1 - (1 - 0.5) ** 0.5)


def test_an_end_takes_what_was_there_and_not_what_comes_later() -> None:
    told = says("a", "partnership"), says("b", "partnership", "ended", 0.9, day=1)
    assert standing(*told).partnership == pytest.approx(1 - 2 ** -(0.1 * 2 ** (-1 / 180)))
    again = standing(*told, says("c", "partnership", day=2))
    assert again.partnership > 0.5


def test_a_denial_takes_half_and_its_copies_no_more() -> None:
    rumour = says("a", "partnership", "rumoured")
    denial = says("b", "partnership", "denied", text="no")
    copy = says("c", "partnership", "denied", text="no")
    assert standing(rumour, denial).partnership == pytest.approx(1 - 2**-0.2)
    assert standing(rumour, denial, copy).partnership == pytest.approx(1 - 2**-0.2)


def test_the_first_story_an_article_can_tell_makes_frenemies() -> None:
    told = detection("a", event("a", "competition"), event("a", "partnership"))
    _, outcomes = run([told])
    (shift,) = outcomes[0].shifts
    assert (shift.from_stance, shift.to_stance, shift.before) == ("none", "frenemies", None)
    assert shift.after == outcomes[0].relation
    assert shift.event.event_id in {e.event_id for e in outcomes[0].events}


def test_a_stance_is_kept_between_the_two_thresholds() -> None:
    entered = says("a", confidence=0.4)
    faded = says("b", "partnership", "rumoured", 0.1, day=200)
    gone = says("c", "partnership", "rumoured", 0.1, day=400)
    assert standing(entered, faded).stance == "rivals"
    assert standing(entered, faded).competition < 0.2
    assert standing(entered, faded, gone).stance == "none"
    below = says("a", confidence=0.25)
    assert standing(below).stance == "none"


def test_each_change_of_stance_is_one_shift() -> None:
    messages = [
        says("a"),
        says("b", day=1),
        says("c", "partnership", day=2),
        says("d", "partnership", "ended", day=3),
    ]
    _, outcomes = run(messages)
    stances = [(s.from_stance, s.to_stance) for o in outcomes for s in o.shifts]
    assert stances == [("none", "rivals"), ("rivals", "frenemies"), ("frenemies", "rivals")]
    assert outcomes[3].shifts[0].event.status == "ended"
    assert outcomes[3].shifts[0].before == outcomes[2].relation


def test_what_comes_late_and_does_not_change_the_stance_causes_no_shift() -> None:
    late = says("z", "partnership", day=-2_00), says("y", "partnership", "ended", day=-100)
    _, outcomes = run([says("a"), *late])
    assert [len(o.shifts) for o in outcomes] == [1, 1, 1]
    _, outcomes = run([says("a"), late[1], late[0]])
    assert [len(o.shifts) for o in outcomes] == [1, 0, 0]


def test_a_redelivered_detection_publishes_again_what_it_published() -> None:
    first, second = says("a"), says("b", "partnership", day=1)
    _, outcomes = run([first, second, first, second])
    assert outcomes[2].events == outcomes[0].events
    assert outcomes[2].shifts == outcomes[0].shifts
    assert outcomes[3] == outcomes[1]
    assert outcomes[2].relation == outcomes[1].relation, "the topic must end with the latest"


def test_novelty_counts_reports_of_one_story() -> None:
    messages = [
        says("a", source="AFP", text="one"),
        says("b", source="Le Soir", text="one", day=0.1),
        says("c", source="Reuters", text="two", day=0.2),
        says("d", "partnership", source="AFP", text="one", day=0.2),
    ]
    _, outcomes = run(messages)
    marks = [o.events[0].novelty for o in outcomes]
    assert [m.rank for m in marks if m] == [1, 2, 1, 1]
    assert [m.sources for m in marks if m] == [1, 1, 1, 1]
    assert len({m.story_id for m in marks if m}) == 3
    assert marks[1] is not None
    assert marks[0] is not None
    assert marks[1].first_seen == marks[0].first_seen == messages[0].event_time


def test_a_correction_takes_back_what_it_does_not_support() -> None:
    first = detection("a", event("a", "competition"), event("a", "partnership"))
    corrected = detection("a", event("a", "partnership", confidence=0.9), revision="2")
    _, (before, after) = run([first, corrected])
    assert [(e.type, e.retracted) for e in after.events] == [
        ("partnership", False),
        ("competition", True),
    ]
    taken_back = next(e for e in after.events if e.retracted)
    (same,) = [e for e in before.events if e.type == "competition"]
    assert (taken_back.event_id, taken_back.evidence) == (same.event_id, same.evidence)
    assert [(s.from_stance, s.to_stance) for s in after.shifts] == [("frenemies", "allies")]


def test_a_withdrawal_takes_back_all_and_an_older_revision_changes_nothing() -> None:
    told, gone = says("a"), detection("a", revision="2")
    state, (_, after, late) = run([told, gone, told])
    assert [e.retracted for e in after.events] == [True]
    assert after.relation is not None
    assert (after.relation.stance, after.relation.counts.competition) == ("none", 0)
    assert [s.to_stance for s in after.shifts] == ["none"]
    assert (late.events, late.relation, late.shifts) == ((), None, ())
    assert run([gone, told])[1][1].events == ()
    assert not [e for entry in state.entries.values() for e in entry.events]


def test_an_event_taken_back_stays_so_through_later_revisions() -> None:
    told = detection("a", event("a", "competition"), event("a", "partnership"))
    _, outcomes = run([told, detection("a", revision="2"), detection("a", revision="3")])
    assert sorted(e.type for e in outcomes[2].events) == ["competition", "partnership"]
    assert all(e.retracted for e in outcomes[2].events)
    back = detection("a", event("a", "competition"), revision="4")
    _, outcomes = run([told, detection("a", revision="2"), back])
    assert {e.type: e.retracted for e in outcomes[2].events} == {
        "competition": False,
        "partnership": True,
    }


def test_the_oldest_articles_are_forgotten() -> None:
    rules = Rules(most_articles=2, memory_days=100)
    state, outcomes = run([says("a"), says("b", day=1), says("c", day=2)], rules)
    assert list(state.entries) == ["b", "c"]
    assert outcomes[2].relation is not None
    assert outcomes[2].relation.counts.competition == 2
    state, outcomes = run([says("a"), says("b", day=101), says("c", day=0)], rules)
    assert list(state.entries) == ["b"]
    assert outcomes[2].events[0].retracted is False, "published all the same"


def test_the_state_of_a_pair_is_small() -> None:
    """Bytes kept for each further article of a pair; the README tells them."""
    one, _ = run([says("article-0")])
    many, _ = run([says(f"article-{i}", day=i * 10) for i in range(51)])
    assert (len(encode(many)) - len(encode(one))) / 50 < 700


def test_a_detection_without_events_says_nothing_of_an_unknown_pair() -> None:
    outcome = relate(None, detection("a"), RULES)
    assert (outcome.events, outcome.relation, outcome.shifts) == ((), None, ())
    assert isinstance(outcome.state, PairState)


def test_marks_of_different_texts_share_nothing() -> None:
    assert mark("one").shingles != mark("two").shingles


def test_what_was_taken_back_makes_nothing_else_old() -> None:
    rules = Rules(memory_days=100, most_articles=2)
    gone = [detection(name, day=200, revision="2") for name in ("c", "d", "e")]
    state, outcomes = run([says("a"), says("b", day=10), says("c", day=11), *gone], rules)
    assert {id for id, entry in state.entries.items() if entry.events} == {"b"}
    state, outcomes = run([says("a"), says("b", day=10), *gone], rules)
    assert {id for id, entry in state.entries.items() if entry.events} == {"a", "b"}
    assert outcomes[-1].relation is not None
    assert outcomes[-1].relation.counts.competition == 2


def test_the_worked_example_of_the_documentation() -> None:
    told = [
        says("a", "partnership", "planned", 0.9, source="A", text="one"),
        says("b", "partnership", "asserted", 0.8, source="B", text="two"),
        says("c", "partnership", "planned", 0.9, day=1, source="C", text="one"),
        says("d", "competition", "asserted", 0.6, day=180, source="A"),
        says("e", "partnership", "ended", 0.95, day=270, source="A"),
    ]
    reports = [
        report(article, entry, event) for article, entry, event in standing_events(run(told)[0])
    ]
    one_story = [r._replace(story="s") if r.article in "abc" else r for r in reports]
    assert [
        (round(s.competition, 3), round(s.partnership, 3), s.stance)
        for s in standings(one_story, RULES.half_life_ms)
    ] == [
        (0.0, 0.565, "allies"),
        (0.0, 0.563, "allies"),
        (0.34, 0.34, "frenemies"),
        (0.255, 0.015, "rivals"),
    ]
