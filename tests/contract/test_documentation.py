"""Documentation that repeats what is declared says the same, and its links lead somewhere."""

import re
from pathlib import Path

import pytest

from streams.articles.rejection import ADVICE
from streams.contract import topics

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not {".venv", ".git", "node_modules", ".pytest_cache"} & set(page.relative_to(ROOT).parts)
)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def broken_links(page: Path, text: str) -> list[str]:
    return [link for link in LINK.findall(text) if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def test_the_link_check_says_no() -> None:
    assert broken_links(ROOT / "README.md", "[x](no/such/file.md)") == ["no/such/file.md"]


def test_every_rejection_reason_is_documented() -> None:
    page = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
    for reason, advice in ADVICE.items():
        assert f"| `{reason.value}` | {advice.cure} | {advice.meaning} |" in page


def test_every_public_topic_is_documented() -> None:
    page = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")
    for topic in topics().values():
        if topic.holds != "state":
            assert f"`news.{topic.name}`" in page
