"""Text comes out right whatever the declared encoding says."""

import pytest

from streams.sources.encoding import decoded

FRENCH = "L’été dernier, Société Générale s’est alliée à Crédit Agricole : « c’est signé »."


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        ("utf-8", "", ""),
        ("utf-8", "text/html; charset=utf-8", ""),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8", "", '<meta charset="windows-1252">'),
        ("cp1252", "text/html; charset=iso-8859-1", ""),
        ("cp1252", "text/html; charset=utf-8", '<meta charset="iso-8859-1">'),
        ("cp1252", "", '<?xml version="1.0" encoding="windows-1252"?>'),
        ("cp1252", "text/html; charset=no-such", '<meta charset="latin1">'),
        ("utf-8-sig", "text/html; charset=iso-8859-1", ""),
        ("utf-16", "text/html; charset=utf-8", ""),
    ],
)
def test_text_is_read_though_the_declaration_lies(
    encoding: str, content_type: str, head: str
) -> None:
    assert decoded((head + FRENCH).encode(encoding), content_type) == head + FRENCH


def test_windows_text_declared_as_utf_8_is_recognised() -> None:
    assert "été" in decoded((FRENCH * 5).encode("cp1252"), "text/html; charset=utf-8")


def test_one_damaged_character_does_not_make_utf_8_something_else() -> None:
    data = (FRENCH * 20).encode()
    broken = data[:-3] + b"\xe2" + data[-3:]
    assert decoded(broken, "text/html; charset=utf-8").startswith(FRENCH)


@pytest.mark.parametrize("label", ["zlib", "utf-7", "base64", "rot13", "hex"])
def test_codecs_that_are_no_text_encoding_are_not_used(label: str) -> None:
    assert "été" in decoded(FRENCH.encode("cp1252"), f"text/html; charset={label}")


def test_any_bytes_give_text() -> None:
    for data in (b"", bytes(range(256)), b"\xff" * 50, b"\x00" * 10):
        assert isinstance(decoded(data, "text/plain; charset=utf-8"), str)
