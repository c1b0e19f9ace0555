"""Where an annotated text names its companies, and their products, as offsets."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

Span = tuple[str, int, int]
Spans = dict[str, dict[str, set[Span]]]


def occurrences(text: str, surface: str) -> Iterator[tuple[int, int]]:
    """Every whole-word place of `surface` in `text`."""
    at = text.find(surface)
    while at >= 0:
        end = at + len(surface)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        joined = (before.isalnum() and surface[0].isalnum()) or (
            after.isalnum() and surface[-1].isalnum()
        )
        if not joined:
            yield at, end
        at = text.find(surface, at + 1)


def gold_spans(text: dict[str, Any]) -> Spans:
    """`{company: {"name": spans, "any": spans}}`; the longest surface wins where two overlap."""
    fields = {"title": text.get("title") or "", "body": text["text"]}
    found: list[tuple[str, int, int, str, str]] = []
    for company in text["companies"]:
        refuted = company.get("not", [])
        for kind, surfaces in (("name", company["surfaces"]), ("product", company["products"])):
            for surface in surfaces:
                for field, content in fields.items():
                    for start, end in occurrences(content, surface):
                        if not _refuted(refuted, surface, content, start):
                            found.append((field, start, end, kind, company["id"]))
    found.sort(key=lambda f: (f[0], f[1] - f[2], f[1]))
    spans: Spans = {c["id"]: {"name": set(), "any": set()} for c in text["companies"]}
    taken: dict[str, list[tuple[int, int, str, str]]] = defaultdict(list)
    for field, start, end, kind, company in found:
        overlapping = [t for t in taken[field] if t[0] < end and start < t[1]]
        if any(t[2] != company or (kind == "name" and t[3] == "name") for t in overlapping):
            continue
        taken[field].append((start, end, company, kind))
        spans[company]["any"].add((field, start, end))
        if kind == "name":
            spans[company]["name"].add((field, start, end))
    return spans


def _refuted(refuted: list[dict[str, str]], surface: str, content: str, start: int) -> bool:
    for case in refuted:
        at = content.find(case["context"])
        if case["surface"] == surface and 0 <= at <= start < at + len(case["context"]):
            return True
    return False
