"""What differs between two runs, and verdicts as annotated texts."""

from typing import Any

from msgspec.structs import replace

from streams.messages import Company, Event, Feedback, Mention
from streams.relations.difference import (
    Books,
    books_of,
    difference,
    events_standing,
    relations_standing,
)
from streams.relations.export import records
from streams.relations.relation import relation
from tests.unit.relations.made import PAIR, RULES, event, run, says
from tests.unit.relations.test_memory import enriched


def books(*events: Event) -> Books:
    return Books({e.event_id: e for e in events})


def test_equal_runs_do_not_differ() -> None:
    assert not difference(books(event("a")), books(event("a")))


def test_events_are_gained_and_lost() -> None:
    found = difference(books(event("a"), event("b")), books(event("b"), event("c")))
    assert [e.article.id for e in found.gained] == ["c"]
    assert [e.article.id for e in found.lost] == ["a"]
    assert not found.changed


def test_a_change_says_which_fields() -> None:
    before, after = event("a"), replace(event("a"), confidence=0.5, subtype="talent")
    (change,) = difference(books(before), books(after)).changed
    assert change.fields == ("subtype", "confidence")
    small = difference(books(before), books(replace(before, confidence=0.999)), confidence=0.01)
    assert not small


def test_another_status_is_a_change_though_the_id_is_another() -> None:
    found = difference(books(event("a")), books(event("a", status="planned")))
    assert (found.gained, found.lost) == ((), ())
    assert [c.fields for c in found.changed] == [("status",)]


def test_relations_differ_by_stance_strength_and_counts() -> None:
    shown = relation(run([says("a")])[0], RULES)
    assert shown is not None
    near = replace(shown, competition=shown.competition + 1e-12)
    far = replace(shown, competition=shown.competition + 1e-6)
    mine = Books({}, {PAIR: shown})
    assert not difference(mine, Books({}, {PAIR: near}))
    assert [r.pair for r in difference(mine, Books({}, {PAIR: far})).relations] == [PAIR]
    (gone,) = difference(mine, Books()).relations
    assert (gone.before, gone.after) == (shown, None)


def test_what_was_taken_back_does_not_stand() -> None:
    told, back = event("a"), replace(event("a"), retracted=True)
    assert not events_standing([told, back])
    assert events_standing([back, told])
    state, outcomes = run([says("a"), says("a")])
    shown = [o.relation for o in outcomes if o.relation]
    assert relations_standing(shown) == {PAIR: relation(state, RULES)}


def test_books_of_articles_are_those_of_workers() -> None:
    first = enriched("one", event("a"))
    corrected = enriched("two", event("a", "partnership"), published_at="2024-05-06T00:00:00Z")
    made = books_of([first, corrected, first], RULES)
    assert [e.type for e in made.events.values()] == ["partnership"]
    assert made.relations[PAIR].stance == "allies"


def companies() -> tuple[Company, Company]:
    def company(id: str, name: str, start: int) -> Company:
        mention = Mention(
            field="body", start=start, end=start + len(name), text=name, kind="name", confidence=1
        )
        return Company(
            id=id, name=name, known=True, salience=0.5, role="actor", mentions=(mention, mention)
        )

    return company("microsoft", "Microsoft", 0), company("openai", "OpenAI", 14)


def test_verdicts_become_annotated_texts() -> None:
    article = enriched("Microsoft and OpenAI compete", companies=companies())
    wrong = replace(event("a"), retracted=True)
    right = event("a", "partnership")
    verdict = Feedback(event_id=wrong.event_id, pair=PAIR, verdict="wrong", who="me", note="no")
    (record,) = records([verdict], [wrong, right], [article])
    assert record["companies"][0] == {
        "id": "c1",
        "name": "Microsoft",
        "surfaces": ["Microsoft"],
        "products": [],
        "role": "actor",
    }
    told: dict[str, Any] = record["events"][0]
    assert (told["type"], told["participants"], told["verdict"]) == (
        "partnership",
        ["c1", "c2"],
        None,
    )
    assert [(e["type"], e["who"], e["note"]) for e in record["refuted_events"]] == [
        ("competition", "me", "no")
    ]
    assert not list(records([], [wrong, right], [article]))
