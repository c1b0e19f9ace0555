"""The language of an article."""

import pytest

from streams.articles.language import language


@pytest.mark.parametrize(
    ("claimed", "text", "expected"),
    [
        ("fr-CA", "whatever", "fr"),
        ("EN_us", "peu importe", "en"),
        ("eng", "", "en"),
        (None, "The company said that it will work with its rival on the new plant.", "en"),
        (None, "Le groupe a annoncé qu'il va travailler avec son concurrent dans une usine.", "fr"),
        (
            None,
            "Siemens und Bosch haben am Dienstag ein gemeinsames Werk eröffnet, das in Bayern steht.",
            "de",
        ),
        (
            None,
            "La empresa anunció que trabajará con su rival en la nueva fábrica de Zaragoza.",
            "es",
        ),
        (
            None,
            "L'azienda ha annunciato che lavorerà con il suo rivale nel nuovo stabilimento.",
            "it",
        ),
        (None, "12 345 %", "und"),
        ("no idea", "The plant of the company is in the north and has been there for years.", "en"),
    ],
)
def test_language(claimed: str | None, text: str, expected: str) -> None:
    assert language(claimed, "", text) == expected


def test_short_headlines() -> None:
    assert language(None, "Orange s'allie à Vodafone dans les campagnes roumaines", "") == "fr"
    assert language(None, "Airbus beats Boeing to a big order from an airline", "") == "en"
