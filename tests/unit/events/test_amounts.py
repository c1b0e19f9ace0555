import pytest

from streams.articles.events.amounts import amounts


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("It put more than 13 billion dollars into the firm.", 13e9, "USD"),
        ("It put $13bn into the firm.", 13e9, "USD"),
        ("It put US$13 billion into the firm.", 13e9, "USD"),
        ("Elle y a mis plus de 13 milliards de dollars.", 13e9, "USD"),
        ("Une commande de 10,5 Md€ a été signée.", 10.5e9, "EUR"),
        ("Un contrat de 90 millions d'euros.", 90e6, "EUR"),
        ("Un contrat de 90 millions d’euros.", 90e6, "EUR"),
        ("The order is worth £1.2m.", 1.2e6, "GBP"),
        ("The order is worth 1,250,000 euros.", 1.25e6, "EUR"),
        ("Un chèque de 1 250 000 euros.", 1.25e6, "EUR"),
        ("A loan of 300 billion yen.", 300e9, "JPY"),
        ("4,4 milliards de dirhams sont prévus.", 4.4e9, "MAD"),
        ("Elle détient 49 % du capital.", 49, "percent"),
        ("It holds a 49% stake in the firm.", 49, "percent"),
        ("It owns 12.5 per cent of the shares.", 12.5, "percent"),
    ],
)
def test_one_amount(text: str, value: float, unit: str) -> None:
    (found,) = amounts(text)
    assert found.value == pytest.approx(value)
    assert found.unit == unit
    assert found.text in text


@pytest.mark.parametrize(
    "text",
    [
        "Sales rose 12 per cent in 2023.",
        "Les ventes ont progressé de 12 %.",
        "It has 300 shops and 4,000 employees.",
        "It opened in 1998.",
    ],
)
def test_no_amount(text: str) -> None:
    assert amounts(text) == ()


def test_amounts_are_bounded() -> None:
    assert len(amounts("$1bn " * 1000)) == 8


def test_digits_without_end_are_read_in_linear_time() -> None:
    assert len(amounts("1" * 100_000 + " euros")) <= 8
