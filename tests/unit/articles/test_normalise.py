"""Plain text or HTML to clean text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.articles.normalise import normalise
from streams.articles.rejection import Rejection


@pytest.mark.parametrize(
    "text",
    [
        "Airbus beats Boeing.",
        "Nestlé et L'Oréal : « accord » à 13,5 %",
        "A < B and B > C, 3<4, x<y",
        "R&D at AT&T",
        "One paragraph.\n\nAnother  with two blanks.",
    ],
)
def test_clean_text_comes_out_unchanged(text: str) -> None:
    assert normalise(text, "body") == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Airbus</p><p>Boeing</p>", "Airbus\n\nBoeing"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<b>Micro</b>soft", "Microsoft"),
        ("<p>AT&amp;T &lt;3</p>", "AT&T <3"),
        ("<script>x('<p>')</script><style>p{}</style><p>kept</p>", "kept"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<p>wide&nbsp;&nbsp; \n blank</p>", "wide blank"),
        ("AT&amp;T plans", "AT&T plans"),
        ("L&#8217;Or&eacute;al", "L’Oréal"),
        ("<!-- hidden --><p>seen</p>", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    ],
)
def test_html(html: str, text: str) -> None:
    assert normalise(html, "body") == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Soci\u00adété", "Société"),
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("\u202eevil\u202c", "evil"),
        ("13\u00a0milliards\u202f%", "13 milliards %"),
        ("e\u0301", "é"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("l\u0092accord", "l’accord"),
    ],
)
def test_unicode(text: str, clean: str) -> None:
    assert normalise(text, "body") == clean


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred", "a\x07", "\x7f"])
def test_control_characters_are_rejected(text: str) -> None:
    with pytest.raises(Rejection) as caught:
        normalise(text, "title")
    assert caught.value.reason == "control_characters"


@pytest.mark.parametrize("html", ["<div>" * 600 + "x", "<p>" + "<b></b>" * 60_000])
def test_html_bombs_are_rejected(html: str) -> None:
    with pytest.raises(Rejection) as caught:
        normalise(html, "body")
    assert caught.value.reason == "html_bomb"


def test_the_bound_counts_what_is_left() -> None:
    assert len(normalise("<p>" + "x" * 2_000 + "</p>", "title")) == 2_000
    with pytest.raises(Rejection) as caught:
        normalise("x" * 2_001, "title")
    assert caught.value.reason == "field_too_long"


@given(st.text(max_size=200))
def test_clean_text_is_stable(text: str) -> None:
    try:
        once = normalise(text, "body")
    except Rejection:
        return
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
