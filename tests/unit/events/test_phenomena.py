"""What the detector makes of the ways in which the press tells that firms compete or work together."""

import pytest

from streams.articles.events.detector import EventDetector

from .texts import events, told

NAMES = ("Vestor", "Oxelin", "Marden", "Kibra")
C, P = "competition", "partnership"


def pair(event: str, a: str, b: str) -> tuple[str, str, str]:
    first, second = sorted((a.lower(), b.lower()))
    return event, first, second


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Vestor competes with Oxelin in the market for pumps.", {(C, "Vestor", "Oxelin")}),
        ("fr", "Vestor concurrence Oxelin sur les pompes.", {(C, "Vestor", "Oxelin")}),
        ("en", "Vestor, a rival of Oxelin, will open a shop.", {(C, "Vestor", "Oxelin")}),
        ("fr", "Vestor, rival d'Oxelin, va ouvrir un magasin.", {(C, "Vestor", "Oxelin")}),
        ("en", "Vestor has sued Oxelin over a patent.", {(C, "Vestor", "Oxelin")}),
        ("fr", "Vestor poursuit Oxelin en justice pour contrefaçon.", {(C, "Vestor", "Oxelin")}),
        ("en", "Vestor has overtaken Oxelin in sales of vans.", {(C, "Vestor", "Oxelin")}),
        ("fr", "Vestor a dépassé Oxelin dans les ventes.", {(C, "Vestor", "Oxelin")}),
        ("en", "Vestor signed a partnership with Oxelin.", {(P, "Vestor", "Oxelin")}),
        ("fr", "Vestor a signé un partenariat avec Oxelin.", {(P, "Vestor", "Oxelin")}),
        ("en", "Vestor supplies Oxelin with engines.", {(P, "Vestor", "Oxelin")}),
        ("fr", "Vestor fournit des moteurs à Oxelin.", {(P, "Vestor", "Oxelin")}),
        ("en", "Vestor has invested 20 million euros in Oxelin.", {(P, "Vestor", "Oxelin")}),
        ("fr", "Vestor a investi 20 millions d'euros dans Oxelin.", {(P, "Vestor", "Oxelin")}),
    ],
)
def test_plain_sentences(
    detector: EventDetector, lang: str, text: str, expected: set[tuple[str, str, str]]
) -> None:
    assert told(events(detector, lang, text, *NAMES)) == {pair(*e) for e in expected}


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        (
            "en",
            "Competitors of Vestor include Oxelin, Marden and Kibra.",
            {(C, "Vestor", "Oxelin"), (C, "Vestor", "Marden"), (C, "Vestor", "Kibra")},
        ),
        (
            "fr",
            "Parmi les clients de Vestor figurent Oxelin, Marden et Kibra.",
            {(P, "Vestor", "Oxelin"), (P, "Vestor", "Marden"), (P, "Vestor", "Kibra")},
        ),
        (
            "en",
            "Vestor, Oxelin and Marden have set up a joint venture.",
            {(P, "Vestor", "Oxelin"), (P, "Vestor", "Marden"), (P, "Oxelin", "Marden")},
        ),
        (
            "fr",
            "Vestor, Oxelin et Marden ont créé une coentreprise.",
            {(P, "Vestor", "Oxelin"), (P, "Vestor", "Marden"), (P, "Oxelin", "Marden")},
        ),
        (
            "fr",
            "Vestor perd du terrain face à Oxelin et Marden.",
            {(C, "Vestor", "Oxelin"), (C, "Vestor", "Marden")},
        ),
    ],
)
def test_lists(
    detector: EventDetector, lang: str, text: str, expected: set[tuple[str, str, str]]
) -> None:
    assert told(events(detector, lang, text, *NAMES)) == {pair(*e) for e in expected}


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Shares of Vestor rose 2 per cent while Oxelin fell 1 per cent."),
        ("fr", "Vestor gagne 2 % tandis qu'Oxelin cède 1 %."),
        ("en", "Vestor has acquired Oxelin for 3 billion dollars."),
        ("fr", "Vestor a racheté Oxelin pour 3 milliards de dollars."),
        ("en", "Vestor is a subsidiary of Oxelin."),
        ("fr", "Vestor est une filiale d'Oxelin."),
        ("en", "The regulator fined Vestor and Oxelin."),
        ("fr", "L'autorité a infligé une amende à Vestor et à Oxelin."),
        ("en", "Vestor and Oxelin will publish their results this week."),
        ("fr", "Vestor et Oxelin publient leurs résultats cette semaine."),
    ],
)
def test_what_is_no_event(detector: EventDetector, lang: str, text: str) -> None:
    assert events(detector, lang, text, *NAMES) == []


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        (
            "en",
            "Vestor works with Oxelin and competes with Marden.",
            {(P, "Vestor", "Oxelin"), (C, "Vestor", "Marden")},
        ),
        (
            "fr",
            "Vestor travaille avec Oxelin et concurrence Marden.",
            {(P, "Vestor", "Oxelin"), (C, "Vestor", "Marden")},
        ),
        (
            "en",
            "Vestor has signed a contract with Oxelin, while Marden competes with Kibra.",
            {(P, "Vestor", "Oxelin"), (C, "Marden", "Kibra")},
        ),
        (
            "fr",
            "Vestor a signé un contrat avec Oxelin, tandis que Marden concurrence Kibra.",
            {(P, "Vestor", "Oxelin"), (C, "Marden", "Kibra")},
        ),
    ],
)
def test_a_cue_speaks_for_its_own_pair(
    detector: EventDetector, lang: str, text: str, expected: set[tuple[str, str, str]]
) -> None:
    assert told(events(detector, lang, text, *NAMES)) == {pair(*e) for e in expected}


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Vestor supplies Oxelin with engines.", "asserted"),
        ("en", "Vestor will supply Oxelin with engines from next year.", "planned"),
        ("en", "Vestor does not supply Oxelin with engines.", "denied"),
        ("en", "Vestor has ended its partnership with Oxelin.", "ended"),
        ("en", "Vestor could form an alliance with Oxelin, according to sources.", "rumoured"),
        ("fr", "Vestor fournit des moteurs à Oxelin.", "asserted"),
        ("fr", "Vestor fournira des moteurs à Oxelin l'an prochain.", "planned"),
        ("fr", "Vestor ne fournit pas de moteurs à Oxelin.", "denied"),
        ("fr", "Vestor a mis fin à son partenariat avec Oxelin.", "ended"),
        ("fr", "Vestor serait en discussions avec Oxelin en vue d'une alliance.", "rumoured"),
    ],
)
def test_status(detector: EventDetector, lang: str, text: str, expected: str) -> None:
    assert [e.status for e in events(detector, lang, text, *NAMES)] == [expected]


@pytest.mark.parametrize(
    ("lang", "text", "oxelin", "vestor"),
    [
        ("en", "Vestor supplies Oxelin with engines.", "customer", "supplier"),
        ("en", "Vestor has ordered ten trains from Oxelin.", "supplier", "customer"),
        ("en", "Vestor has sued Oxelin over a patent.", "defendant", "plaintiff"),
        ("en", "Vestor was sued by Oxelin over a patent.", "plaintiff", "defendant"),
        ("en", "Vestor has invested 20 million euros in Oxelin.", "investee", "investor"),
        ("fr", "Vestor fournit des moteurs à Oxelin.", "customer", "supplier"),
        ("fr", "Vestor a commandé dix trains à Oxelin.", "supplier", "customer"),
        ("fr", "Vestor poursuit Oxelin en justice pour contrefaçon.", "defendant", "plaintiff"),
        ("fr", "Vestor a investi 20 millions d'euros dans Oxelin.", "investee", "investor"),
    ],
)
def test_roles(detector: EventDetector, lang: str, text: str, oxelin: str, vestor: str) -> None:
    (event,) = events(detector, lang, text, *NAMES)
    assert event.participants == (("oxelin", oxelin), ("vestor", vestor))


def test_a_reference_to_the_sentence_before(detector: EventDetector) -> None:
    text = "Vestor makes pumps and valves. Its main competitors are Oxelin and Marden."
    assert told(events(detector, "en", text, *NAMES)) == {
        pair(C, "Vestor", "Oxelin"),
        pair(C, "Vestor", "Marden"),
    }
