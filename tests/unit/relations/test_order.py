"""The relation is a function of the set of messages: no order, no repetition changes it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.messages import Detection, Event, EventType, Feedback, Status
from streams.relations.relation import relation
from streams.relations.rules import Rules
from tests.unit.relations.made import PAIR, RULES, detection, event, run, said

ARTICLES = ("a", "b", "c", "d", "e", "f")
KINDS: tuple[EventType, ...] = ("competition", "partnership")
STATUSES: tuple[Status, ...] = ("asserted", "planned", "rumoured", "ended", "denied")


@st.composite
def detections(draw: st.DrawFn, corrected: bool = True) -> Detection:
    """One of three revisions of one of six articles; a revision is always the same."""
    article = draw(st.sampled_from(ARTICLES))
    number = draw(st.integers(0, 2 if corrected else 0))
    random = draw(st.randoms(use_true_random=False))
    random.seed(f"{article}{number}{draw(st.shared(st.integers(0, 10**6), key='world'))}")
    events: list[Event] = []
    for kind in KINDS:
        for status in STATUSES:
            if random.random() < 0.2:
                events.append(event(article, kind, status, random.choice((0.4, 0.7, 1.0))))
    return detection(
        article,
        *events,
        day=random.choice((0, 0, 1, 2, 30, 200, 500)),
        revision=str(number),
        source=random.choice((None, "AFP", "Reuters")),
        text=random.choice(("one", "two", "one+two", article)),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> Feedback:
    """What a reader says of one of the events."""
    kind, status = draw(st.sampled_from(KINDS)), draw(st.sampled_from(STATUSES))
    return Feedback(
        event_id=event(draw(st.sampled_from(ARTICLES)), kind, status).event_id,
        pair=PAIR,
        verdict=draw(st.sampled_from(("right", "wrong"))),
        type=draw(st.sampled_from((None, *KINDS))),
        status=draw(st.sampled_from((None, *STATUSES))),
        given_at=draw(st.sampled_from(("2024-05-09T00:00:00Z", "2024-05-10T00:00:00Z"))),
    )


@st.composite
def orders(draw: st.DrawFn, corrected: bool = True) -> tuple[list[object], list[object]]:
    """The same messages twice, in two orders and with some of them repeated."""
    some = st.lists(detections(corrected), min_size=1, max_size=10)
    messages: list[object] = [*draw(some)]
    if corrected:
        messages.extend(draw(st.lists(verdicts(), max_size=4)))
    repeated = draw(st.lists(st.sampled_from(messages), max_size=5))
    return draw(st.permutations(messages)), draw(st.permutations([*messages, *repeated]))


def final(messages: Sequence[object], rules: Rules) -> object:
    state, outcomes = run(messages, rules)  # type: ignore[arg-type] # both kinds of message
    published = [o.relation for o in outcomes if o.relation is not None]
    assert said(published[-1] if published else None) == said(relation(state, rules))
    return said(relation(state, rules))


@settings(max_examples=150, deadline=None)
@given(orders())
def test_no_order_and_no_repetition_changes_the_relation(
    two: tuple[list[object], list[object]],
) -> None:
    assert final(two[0], RULES) == final(two[1], RULES)


@settings(max_examples=80, deadline=None)
@given(orders(corrected=False), st.sampled_from((Rules(most_articles=3), Rules(memory_days=100))))
def test_nor_where_memory_is_short(two: tuple[list[object], list[object]], rules: Rules) -> None:
    assert final(two[0], rules) == final(two[1], rules)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(detections(), verdicts()), min_size=1, max_size=12))
def test_the_last_word_on_each_event_is_what_stands(messages: list[Detection | Feedback]) -> None:
    state, outcomes = run(messages)
    last = {e.event_id: e for outcome in outcomes for e in outcome.events}
    standing = {id for id, e in last.items() if not e.retracted}
    shown = relation(state, RULES)
    count = shown.counts.competition + shown.counts.partnership if shown else 0
    assert len(standing) == count


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(detections(), verdicts()), min_size=1, max_size=10), st.data())
def test_what_comes_again_changes_nothing(
    messages: list[Detection | Feedback], data: st.DataObject
) -> None:
    state, _ = run(messages)
    again = data.draw(st.sampled_from(messages))
    after, outcomes = run([*messages, again])
    assert after == state
    assert said(outcomes[-1].relation) in (None, said(relation(state, RULES)))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(detections(), verdicts()), min_size=1, max_size=10))
def test_shifts_lead_from_stance_to_stance(messages: list[Detection | Feedback]) -> None:
    state, outcomes = run(messages)
    stance = "none"
    once = {shift.shift_id: shift for outcome in outcomes for shift in outcome.shifts}
    for shift in once.values():
        assert shift.from_stance == stance
        stance = shift.to_stance
    shown = relation(state, RULES)
    assert stance == (shown.stance if shown else "none") == state.stance


def test_a_test_world_links_and_separates() -> None:
    """The worlds above hold copies and several stories, else they would prove little."""
    first = detection("a", event("a"), text="one")
    copy = detection("b", event("b"), text="one")
    other = detection("c", event("c"), text="two")
    state, _ = run([first, copy, other])
    shown = relation(state, RULES)
    assert shown is not None
    assert (shown.counts.stories, shown.counts.sources) == (2, 2)
    assert shown.competition == pytest.approx(0.75)


def test_a_report_between_two_holds_them_together_until_it_is_taken_back() -> None:
    first = detection("a", event("a"), text="one")
    between = detection("b", event("b"), text="one+two")
    other = detection("c", event("c"), text="two")
    together, _ = run([first, between, other])
    apart, _ = run([first, between, other, detection("b", revision="2")])
    shown = relation(together, RULES), relation(apart, RULES)
    assert [s.counts.stories for s in shown if s] == [1, 2]
    assert [s.counts.sources for s in shown if s] == [1, 2]
