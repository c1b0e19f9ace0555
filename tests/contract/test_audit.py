"""Licences are known and allowed, and the question for known faults says when it has no answer."""

import sys
from pathlib import Path

import pytest

from tests.audit import __main__ as audit
from tests.audit import licences


def test_every_licence_is_allowed() -> None:
    found = licences.listed()
    assert {"faust-streaming", "aiokafka", "numpy"} <= {licence.name for licence in found}
    assert [licence for licence in found if not licence.allowed] == []


def test_no_to_a_licence_that_is_not_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('allowed = ["MIT"]\n[checked]\n')
    monkeypatch.setattr(licences, "RULES", rules)
    assert audit.licences() == 1
    assert "NOT ALLOWED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("program", "code", "words"),
    [
        ("print('requests.exceptions.ConnectionError'); raise SystemExit(1)", 3, "did not reach"),
        ("print('No module named pip_audit'); raise SystemExit(1)", 3, "not installed"),
        ("print('numpy 1.0 PYSEC-1'); raise SystemExit(1)", 1, "PYSEC-1"),
        ("print('No known vulnerabilities found')", 0, "No known"),
    ],
)
def test_faults_are_told_apart_from_no_answer(
    program: str, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.known_faults((sys.executable, "-c", program)) == code
    assert words in capsys.readouterr().out
