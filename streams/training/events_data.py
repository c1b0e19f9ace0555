"""Annotated texts as training examples for the event model.

A record is one snippet after the annotation guidelines: `lang`, `title`, `text`, `companies` (with
`surfaces` and `products`), `events` (with `type`, `subtype`, `status`, `participants`, `evidence`).
"""

import collections
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streams.articles.document import Document, cut
from streams.articles.events.candidates import Passage, Reading, pairs, passages, read
from streams.articles.events.model import RELATIONS
from streams.messages import Company, Mention, MentionKind

Record = dict[str, Any]


@dataclass(slots=True)
class Example:
    """A passage of a pair with what the annotation says of it.

    `told` holds, by relation, the annotated events whose evidence is this passage; `elsewhere` the
    relations that hold of the pair but are told in another passage.
    """

    record: int
    pair: int
    passage: Passage
    reading: Reading
    told: dict[str, list[Record]]
    elsewhere: frozenset[str]


def load(paths: Iterable[Path]) -> list[Record]:
    """Records of JSON-lines files; lines that begin with `#` are comments."""
    records: list[Record] = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                records.append(json.loads(line))
    return records


def document_of(record: Record) -> Document:
    """The text of a record, cut into words."""
    return cut(record.get("title") or "", record["text"], record["lang"])


def _occurrences(text: str, surface: str) -> Iterator[tuple[int, int]]:
    at = text.find(surface)
    while at >= 0:
        end = at + len(surface)
        before = text[at - 1] if at else " "
        after = text[end] if end < len(text) else " "
        inside = (before.isalnum() and surface[0].isalnum()) or (
            after.isalnum() and surface[-1].isalnum()
        )
        if not inside:
            yield at, end
        at = text.find(surface, at + 1)


def companies_of(record: Record) -> list[Company]:
    """The annotated companies with every place they are named; the longest surface wins."""
    texts = {"title": record.get("title") or "", "body": record["text"]}
    found: list[tuple[str, int, int, MentionKind, str]] = []
    for company in record["companies"]:
        kinds: tuple[tuple[MentionKind, list[str]], ...] = (
            ("name", company["surfaces"]),
            ("product", company.get("products", [])),
        )
        for kind, surfaces in kinds:
            for surface in surfaces:
                for field, text in texts.items():
                    for start, end in _occurrences(text, surface):
                        if not _refuted(company, surface, text, start):
                            found.append((field, start, end, kind, company["id"]))
    found.sort(key=lambda f: (f[0], -(f[2] - f[1]), f[1]))
    taken: list[tuple[str, int, int, MentionKind, str]] = []
    for mention in found:
        if not any(t[0] == mention[0] and t[1] < mention[2] and mention[1] < t[2] for t in taken):
            taken.append(mention)
    return [c for c in (_company(r, taken, texts) for r in record["companies"]) if c is not None]


def _refuted(company: Record, surface: str, text: str, start: int) -> bool:
    for other in company.get("not", []):
        at = text.find(other["context"])
        if other["surface"] == surface and 0 <= at <= start < at + len(other["context"]):
            return True
    return False


def _company(
    annotated: Record,
    taken: Sequence[tuple[str, int, int, MentionKind, str]],
    texts: dict[str, str],
) -> Company | None:
    mine = sorted(
        (t for t in taken if t[4] == annotated["id"]), key=lambda t: (t[0] != "title", t[1])
    )
    if not mine:
        return None
    role = annotated.get("role", "actor")
    return Company(
        id=annotated["id"],
        name=annotated["name"],
        known=True,
        salience=0.5,
        role=role if role in ("actor", "source", "listing") else "actor",
        mentions=tuple(
            Mention(
                field="title" if field == "title" else "body",
                start=start,
                end=end,
                text=texts[field][start:end],
                kind=kind,
                confidence=1.0,
            )
            for field, start, end, kind, _ in mine
        ),
    )


def examples(
    records: Sequence[Record], companies_in: Callable[[Record], list[Company]] = companies_of
) -> list[Example]:
    """Every passage of every candidate pair of the records; `companies_in` names the companies."""
    out: list[Example] = []
    pair = 0
    for number, record in enumerate(records):
        companies = companies_in(record)
        document = document_of(record)
        reading = read(document, companies)
        annotated = _annotated(record)
        for a, b in pairs(reading):
            key = (min(companies[a].id, companies[b].id), max(companies[a].id, companies[b].id))
            events = annotated.get(key, {})
            for passage in passages(reading, a, b):
                told = _told(document, passage, events)
                elsewhere = frozenset(r for r in events if r not in told)
                out.append(Example(number, pair, passage, reading, told, elsewhere))
            pair += 1
    return out


def _annotated(record: Record) -> dict[tuple[str, str], dict[str, list[Record]]]:
    found: dict[tuple[str, str], dict[str, list[Record]]] = collections.defaultdict(dict)
    for event in record["events"]:
        if event["type"] in RELATIONS:
            for a, b in itertools.combinations(sorted(set(event["participants"])), 2):
                found[a, b].setdefault(event["type"], []).append(event)
    return found


def _told(
    document: Document, passage: Passage, events: dict[str, list[Record]]
) -> dict[str, list[Record]]:
    sentence = passage.sentence
    field = document.field(sentence.field)
    start, end = field.span(sentence.first, sentence.last - 1)
    text = field.text[start:end]
    told = {r: [e for e in es if _rests_on(e["evidence"], text)] for r, es in events.items()}
    return {relation: es for relation, es in told.items() if es}


def _rests_on(proof: str, sentence: str) -> bool:
    if not proof:
        return False
    return proof in sentence or sentence in proof or (len(proof) > 40 and proof[:40] in sentence)
