import pytest

from streams.articles.document import cut
from streams.articles.events.detector import DetectedEvent, EventDetector
from streams.messages import Company, Mention


@pytest.fixture(scope="module")
def detector() -> EventDetector:
    return EventDetector.load()


def company(name: str, title: str, body: str) -> Company:
    mentions = []
    for field, text in (("title", title), ("body", body)):
        at = text.find(name)
        while at >= 0:
            mentions.append(
                Mention(
                    field="title" if field == "title" else "body",
                    start=at,
                    end=at + len(name),
                    text=name,
                    kind="name",
                    confidence=1.0,
                )
            )
            at = text.find(name, at + 1)
    return Company(
        id=name.lower(), name=name, known=True, salience=0.5, role="actor", mentions=tuple(mentions)
    )


def events(
    detector: EventDetector, lang: str, body: str, *names: str, title: str = ""
) -> list[DetectedEvent]:
    document = cut(title, body, lang)
    return detector.detect(document, [company(name, title, body) for name in names])


def told(found: list[DetectedEvent]) -> set[tuple[str, str, str]]:
    return {(e.type, e.participants[0][0], e.participants[1][0]) for e in found}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Vestor competes with Oxelin in the market for pumps."),
        ("fr", "Vestor concurrence Oxelin sur le marché des pompes."),
    ],
)
def test_competition(detector: EventDetector, lang: str, text: str) -> None:
    assert told(events(detector, lang, text, "Vestor", "Oxelin")) == {
        ("competition", "oxelin", "vestor")
    }


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Vestor has signed a partnership with Oxelin to develop pumps."),
        ("fr", "Vestor a signé un partenariat avec Oxelin pour développer des pompes."),
    ],
)
def test_partnership(detector: EventDetector, lang: str, text: str) -> None:
    assert told(events(detector, lang, text, "Vestor", "Oxelin")) == {
        ("partnership", "oxelin", "vestor")
    }


def test_one_company_is_no_event(detector: EventDetector) -> None:
    assert events(detector, "en", "Vestor competes with everybody.", "Vestor") == []


def test_evidence_is_the_sentence(detector: EventDetector) -> None:
    text = "It rained. Vestor competes with Oxelin in pumps. The sun came out."
    (event,) = events(detector, "en", text, "Vestor", "Oxelin")
    proof = event.evidence
    assert proof.text == "Vestor competes with Oxelin in pumps."
    assert text[proof.start : proof.end] == proof.text
    assert "competes" in proof.cues


def test_a_threshold_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        EventDetector(thresholds={"competition": 1.5})
