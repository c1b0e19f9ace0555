"""Tricks of Unicode: each message ends enriched or rejected, and nothing hides in what is told."""

import contextlib
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles.enrich import read
from streams.articles.normalise import MOST_MARKS, normalise
from streams.articles.rejection import Rejection
from streams.messages import Enriched
from tests.unit.wire.pipeline_parts import analyst

TIME = "2024-05-08T06:30:00Z"
SENTENCE = "Microsoft and OpenAI signed a partnership."


def enriched(**fields: str) -> Enriched:
    return analyst().enrich(json.dumps({"lang": "en", **fields}).encode(), TIME)


def companies(text: str) -> set[str]:
    return {company.id for company in enriched(title=text).companies}


def reason(value: bytes) -> str:
    with pytest.raises(Rejection) as caught:
        read(value)
    return caught.value.reason.value


@pytest.mark.parametrize(
    "mark",
    [
        "\u202e",
        "\u202a",
        "\u2066",
        "\u200e",
        "\u200f",
        "\u061c",
        "\u200b",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
    ],
)
def test_marks_that_turn_or_hide_text_are_taken_out(mark: str) -> None:
    hidden = SENTENCE.replace("Microsoft", f"Micro{mark}soft") + mark
    assert enriched(title=hidden).title == SENTENCE
    assert {"microsoft", "openai"} <= companies(hidden)


def test_a_homoglyph_is_another_name() -> None:
    """A Cyrillic letter in a name must not pass for the company of the registry."""
    found = enriched(title=SENTENCE.replace("Microsoft", "Мicrosoft"), body=SENTENCE[10:])
    assert "microsoft" not in {company.id for company in found.companies if company.known}


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff", "\\ud800x", "\\udc00\\ud800"])
@pytest.mark.parametrize("field", ["title", "id", "url", "source"])
def test_half_a_pair_of_surrogates_is_rejected(field: str, escape: str) -> None:
    assert reason(f'{{"title": "x", "{field}": "a{escape}"}}'.encode()) == "not_json"


def test_a_whole_pair_is_a_character() -> None:
    assert read(b'{"title": "a \\ud83d\\ude00"}').title == "a \U0001f600"


@pytest.mark.parametrize(
    "overlong", [b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xfe", b"\xc3"]
)
def test_bytes_that_are_no_characters_are_rejected(overlong: bytes) -> None:
    assert reason(b'{"title": "a' + overlong + b'"}') == "not_utf8"


@pytest.mark.parametrize("text", ["\ufb03" * 100, "\ufdfa" * 100, "\u0390" * 100, "½ ① Ⅷ ㎏"])
def test_normalisation_does_not_grow(text: str) -> None:
    assert len(normalise(text, "body")) <= len(text)


@pytest.mark.parametrize("marks", ["\u0301", "\u0301\u0316", "\u0f73", "\u0344", "\U0001d165"])
def test_a_letter_has_only_so_many_accents(marks: str) -> None:
    clean = normalise("e" + marks * 50_000 + "f", "body")
    assert len(clean) <= 3 * MOST_MARKS
    assert clean.endswith("f")
    assert unicodedata.is_normalized("NFC", clean)


def test_accents_of_people_stay() -> None:
    assert normalise("Vie\u0302\u0323t Nam, e\u0301te\u0301", "body") == "Việt Nam, été"


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\x07", "\x08", "\x7f", "\x81", "\x9d"])
def test_control_characters_are_rejected(control: str) -> None:
    assert reason(json.dumps({"title": f"a{control}b"}).encode()) == "control_characters"
    assert reason(json.dumps({"title": "x", "id": f"a{control}b"}).encode()) == "bad_id"
    assert reason(json.dumps({"title": "x", "url": f"a{control}b"}).encode()) == "bad_url"


@pytest.mark.parametrize("lang", ["\x1b[31m", "e\nn", "…", "en\u202e", "x" * 35])
@pytest.mark.parametrize("deleted", [True, False])
def test_a_language_is_a_code_or_is_not_taken(lang: str, deleted: bool) -> None:
    fields = {"id": "a", "title": "Bonjour", "lang": lang, "deleted": deleted}
    found = read(json.dumps(fields).encode()).lang
    assert found.isascii()
    assert found.isalpha()
    assert len(found) <= 3


hostile_text = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from(
            "\u202e\u200b\u0301\u0316\u0f73\u0344\ufdfaﬁАΑ\x1b\x9b\x00\n\r\u2028<>&;\"'()$%.,"
        ),
        st.sampled_from(["Orange", " sued ", "Vodafone", "<p>", "&#27;", "&amp;"]).flatmap(
            lambda word: st.sampled_from(word)
        ),
    ),
    max_size=300,
)


@given(hostile_text, hostile_text, hostile_text)
def test_any_text_ends_enriched_or_rejected(title: str, body: str, source: str) -> None:
    with contextlib.suppress(Rejection):
        fits(enriched(title=title, body=body, source=source[:256]))


def fits(found: Enriched) -> None:
    for company in found.companies:
        for mention in company.mentions:
            text = found.title if mention.field == "title" else found.body
            assert text[mention.start : mention.end] == mention.text
