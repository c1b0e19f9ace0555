"""Time grows with the length of a text and not faster, on texts made to be slow.

Only ratios of processor times are compared: ten times the length may take some forty times as long on a machine that
others use; what grows with the square takes a hundred times.
"""

import contextlib

import msgspec
import orjson
import pytest

from streams.articles.companies.registry import BadUpdate, CompanyUpdate, check_update
from streams.articles.decode import decode
from streams.articles.enrich import read
from streams.articles.rejection import Reason, Rejection
from tests.fuzz.growth import LEAST_SECONDS, STAGES, TEXTS, Text, analysing, ratio

MOST = 40.0
TRIES = 3
# Ten times as long as the first; where the short text is known to the caches of words and the long one is not, that
# alone is a factor of three; the longest is more than an article may have where it is cheap.
FIRST = {"decode": 1_000_000, "normalise": 100_000, "cut": 100_000, "analyse": 12_000}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stage", list(STAGES))
@pytest.mark.parametrize("text", TEXTS, ids=lambda t: t.name)
def test_no_text_makes_a_stage_slower_than_linear(stage: str, text: Text) -> None:
    grown = [ratio(STAGES[stage], text, FIRST[stage])]
    while min(grown) > MOST and len(grown) < TRIES:
        grown.append(ratio(STAGES[stage], text, FIRST[stage]))
    assert min(grown) <= MOST


def test_the_measure_says_no_to_a_quadratic_stage() -> None:
    def quadratic(text: str) -> None:
        sum(text.count("b", 0, place) for place in range(0, len(text), 2))

    assert ratio(quadratic, Text("a", "a"), 4_000) > MOST


def test_the_measure_says_nothing_of_what_is_too_short() -> None:
    assert LEAST_SECONDS > 0
    assert ratio(lambda text: None, Text("a", "a"), 10) == 0.0


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: t.name)
def test_ten_megabytes_are_rejected_with_a_reason(text: Text) -> None:
    with pytest.raises(Rejection) as caught:
        decode(b'{"body": "' + text.of(10_000_000).encode()[:10_000_000] + b'"}')
    assert caught.value.reason == Reason.TOO_LARGE


@pytest.mark.parametrize("text", TEXTS, ids=lambda t: t.name)
def test_what_fits_into_a_message_ends_as_article_or_rejection(text: Text) -> None:
    value = orjson.dumps({"body": text.of(900_000)})[:1_048_576]
    with contextlib.suppress(Rejection):
        assert len(read(value).body) <= 400_000


def test_an_article_of_one_endless_name_has_no_endless_company() -> None:
    analysing("Orange " * 5_000)


@pytest.mark.parametrize("field", ["name", "country", "parent", "role"])
def test_a_company_of_endless_names_is_refused_before_they_are_read(field: str) -> None:
    marks = "e" + "\u0301\u0316" * 200_000
    update = msgspec.structs.replace(CompanyUpdate(id="a", name="Abc"), **{field: marks})
    with pytest.raises(BadUpdate, match="1 to 200 signs"):
        check_update(update)
