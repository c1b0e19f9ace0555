import pytest

from streams.articles.events.detector import EventDetector

from .texts import article, events, told


def test_one_company_is_no_event(detector: EventDetector) -> None:
    assert events(detector, "en", "Vestor competes with everybody.", "Vestor") == []


def test_no_text_is_no_event(detector: EventDetector) -> None:
    assert events(detector, "en", "", "Vestor", "Oxelin") == []


def test_the_same_article_gives_the_same_events(detector: EventDetector) -> None:
    text = "Vestor competes with Oxelin and works with Marden under an agreement."
    first = events(detector, "en", text, "Vestor", "Oxelin", "Marden")
    assert first == events(detector, "en", text, "Vestor", "Oxelin", "Marden")


def test_evidence_is_the_sentence_with_its_cues(detector: EventDetector) -> None:
    text = "It rained. Vestor competes with Oxelin in pumps. The sun came out."
    (event,) = events(detector, "en", text, "Vestor", "Oxelin")
    proof = event.evidence
    assert proof.text == "Vestor competes with Oxelin in pumps."
    assert text[proof.start : proof.end] == proof.text
    assert proof.field == "body"
    assert "competes" in proof.cues


def test_participants_stand_in_order_of_their_ids(detector: EventDetector) -> None:
    (event,) = events(detector, "en", "Vestor competes with Oxelin.", "Vestor", "Oxelin")
    assert [p[0] for p in event.participants] == ["oxelin", "vestor"]


def test_a_threshold_of_one_lets_nothing_pass(detector: EventDetector) -> None:
    strict = EventDetector(thresholds={"competition": 1.0, "partnership": 1.0})
    text = "Vestor competes with Oxelin in the market for pumps."
    assert events(detector, "en", text, "Vestor", "Oxelin") != []
    assert events(strict, "en", text, "Vestor", "Oxelin") == []


@pytest.mark.parametrize("thresholds", [{"competition": 1.5}, {"ownership": 0.5}])
def test_a_threshold_that_means_nothing_is_refused(thresholds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        EventDetector(thresholds=thresholds)  # type: ignore[arg-type]  # the mistake is the test


def test_explain_shows_every_pair_and_type(detector: EventDetector) -> None:
    text = "Vestor competes with Oxelin. Marden has signed a partnership with Oxelin."
    given = article("en", text, "Vestor", "Oxelin", "Marden")
    found = {(j.type, *j.pair): j for j in detector.explain(*given)}
    rivals = found["competition", "vestor", "oxelin"]
    assert rivals.decision
    assert rivals.confidence >= rivals.threshold
    assert rivals.passage == "Vestor competes with Oxelin."
    assert any("COMPETE" in r.feature and r.weight > 0 for r in rivals.reasons)
    assert not found["partnership", "vestor", "oxelin"].decision
    assert told(detector.detect(*given)) == {
        (j.type, *sorted(j.pair)) for j in found.values() if j.decision
    }


def test_many_companies_are_judged_within_bounds(detector: EventDetector) -> None:
    names = [f"Firm{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(200)]
    document, companies = article("en", " and ".join(names) + " compete.", *names)
    assert len(detector.explain(document, companies)) <= 24 * 23


@pytest.mark.parametrize(
    "text",
    [
        "Vestor " * 20_000,
        "Vestor, " * 10_000 + "Oxelin",
        "not " * 50_000 + "Vestor Oxelin",
        "Vestor competes with Oxelin. " * 3_000,
        "((((«««" * 5_000 + "Vestor Oxelin",
        "Vestor\x00Oxelin\u202e\ud7ff" * 100,
    ],
)
def test_hostile_text_is_read(detector: EventDetector, text: str) -> None:
    assert len(events(detector, "fr", text, "Vestor", "Oxelin")) <= 2


def test_a_group_and_its_part_make_no_pair(detector: EventDetector) -> None:
    body = "Fenlin Capital signed a supply agreement with Fenlin and with Torvero."
    found = detector.detect(*article("en", body, "Fenlin Capital", "Fenlin", "Torvero"))
    assert told(found) <= {
        ("partnership", "fenlin", "torvero"),
        ("partnership", "fenlin capital", "torvero"),
    }
    assert found
