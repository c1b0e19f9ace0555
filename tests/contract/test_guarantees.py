"""Each guarantee names tests that fail where it does not hold, and those tests exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests" / "README.md"
NAMED = re.compile(r"`((?:broker|unit|contract)/[\w/]+\.py)(?:::(test_\w+))?`")


def missing(text: str) -> list[str]:
    """Tests that are named and are not there."""
    lost = []
    for file, name in NAMED.findall(text):
        path = ROOT / "tests" / file
        there = path.exists() and (
            not name
            or re.search(rf"^(?:async )?def {name}\(", path.read_text(encoding="utf-8"), re.M)
        )
        if not there:
            lost.append(f"{file}::{name}")
    return lost


def rows(text: str) -> list[str]:
    part = text.split("## Guarantees", 1)[1].split("\n## ", 1)[0]
    return [line for line in part.splitlines() if line.startswith("| ")][2:]


def test_every_guarantee_names_tests_that_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(rows(text)) >= 12
    assert [row for row in rows(text) if not NAMED.search(row)] == []
    assert missing(text) == []


def test_the_check_says_no() -> None:
    assert missing("`unit/no_such.py` `unit/wire/test_guard.py::test_no_such`") == [
        "unit/no_such.py::",
        "unit/wire/test_guard.py::test_no_such",
    ]
