"""Records made from sentence frames: the structures of the language, told with invented names.

One record joins one to three frames, so that the companies of one frame stand beside those of
another and bear no relation to them. The same seed gives the same records.
"""

import itertools
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ACROSS_SHARE = 0.25
FRAMES = Path(__file__).with_name("events_frames.tsv")
_HEADS = (
    "Al",
    "Bor",
    "Cas",
    "Del",
    "Fen",
    "Gal",
    "Hax",
    "Ist",
    "Jor",
    "Kel",
    "Lum",
    "Mar",
    "Nov",
    "Orb",
)
_TAILS = (
    "dane",
    "tis",
    "vero",
    "mont",
    "lin",
    "corp",
    "gas",
    "tech",
    "wick",
    "zar",
    "bank",
    "motors",
)
_JOINTS = {
    "en": (", while ", ", and ", "; ", ", after which ", ", but ", ", because "),
    "fr": (", tandis que ", ", et ", " ; ", ", alors que ", ", mais ", ", car "),
}
_OPENERS = {
    "en": (
        "",
        "",
        "",
        "On Tuesday, ",
        "In France, ",
        "For years, ",
        "Last month, ",
        "The agency says that ",
    ),
    "fr": (
        "",
        "",
        "",
        "Mardi, ",
        "En France, ",
        "Depuis des années, ",
        "Le mois dernier, ",
        "On sait que ",
    ),
}
_CLOSERS = {
    "en": (
        "",
        "",
        ", the company said",
        " in the north of the country",
        ", according to a report",
        " this year",
    ),
    "fr": (
        "",
        "",
        ", a indiqué le groupe",
        " dans le nord du pays",
        ", selon un rapport",
        " cette année",
    ),
}
_APPOSITIONS = {
    "en": (", the Swedish maker of pumps,", " (listed in Milan)", ", based in Lyon,"),
    "fr": (", le fabricant suédois de pompes,", " (coté à Milan)", ", basé à Lyon,"),
}
_AND = {"en": (" and ", " and ", " as well as "), "fr": (" et ", " et ", " ainsi que ")}

Record = dict[str, Any]


def records(count: int, seed: int = 0) -> list[Record]:
    """So many records, half in each language."""
    rng = random.Random(seed)  # noqa: S311 - no secret depends on it
    lines = FRAMES.read_text(encoding="utf-8").splitlines()
    frames = [line.split("\t") for line in lines if line and not line.startswith("#")]
    by_language = {
        lang + mark: [f for f in frames if f[0] == lang and ("|" in f[5]) == bool(mark)]
        for lang in ("en", "fr")
        for mark in ("", "|")
    }
    return [_record(n, rng, by_language, "en" if n % 2 else "fr") for n in range(count)]


def _record(
    number: int, rng: random.Random, frames: dict[str, list[list[str]]], lang: str
) -> Record:
    names = [head + tail for head in _HEADS for tail in _TAILS]
    rng.shuffle(names)
    companies: list[str] = []
    events: list[Record] = []
    sentences: list[str] = []
    across = rng.random() < ACROSS_SHARE
    for _ in range(rng.choice((1, 1, 2))):
        clauses: list[str] = []
        told: list[Record] = []
        for _ in range(1 if across else rng.choice((1, 1, 2, 2, 3))):
            frame = rng.choice(frames[f"{lang}|" if across else lang])
            clause, used, pairs = _clause(rng, frame, names, lang)
            clauses.append(clause)
            companies.extend(used)
            told.extend(pairs)
        text = clauses[0]
        for clause in clauses[1:]:
            text += rng.choice(_JOINTS[lang]) + clause
        before, _, text = text.rpartition(" | ")
        text = rng.choice(_OPENERS[lang]) + text + rng.choice(_CLOSERS[lang]) + "."
        text = text[0].upper() + text[1:]
        sentences.extend([before] if before else [])
        sentences.append(text)
        events.extend({**event, "evidence": text} for event in told)
    return {
        "id": f"frame-{number}",
        "lang": lang,
        "across": across,
        "title": "",
        "text": " ".join(sentences),
        "companies": [
            {"id": name, "name": name, "surfaces": [name], "products": [], "role": "actor"}
            for name in companies
        ],
        "events": events,
    }


def _clause(
    rng: random.Random, frame: list[str], names: list[str], lang: str
) -> tuple[str, list[str], list[Record]]:
    _, spec, relation, subtype, status, sentence = frame
    slots: dict[str, list[str]] = {}
    words: list[str] = []
    for word in sentence.split(" "):
        slot, rest = word[:1], word[1:]
        if slot in ("A", "B", "C", "L", "M") and (not rest or not rest[0].isalpha()):
            size = rng.choice((2, 2, 3, 4)) if slot in "LM" else 1
            slots[slot] = [names.pop() for _ in range(size)]
            words.append(_named(rng, slots[slot], lang) + rest)
        else:
            words.append(word)
    used = [name for group in slots.values() for name in group]
    if spec == "-":
        return " ".join(words), used, []
    told: list[Record] = []
    parts = (spec, relation, subtype, status)
    for sides, kind, sort, state in zip(*(part.split(";") for part in parts), strict=True):
        left, right = sides.split("-")
        pairs: Iterable[tuple[str, str]] = itertools.product(slots[left], slots[right])
        if left == right:
            pairs = itertools.combinations(slots[left], 2)
        told += [
            {"type": kind, "subtype": sort, "status": state, "participants": list(pair)}
            for pair in pairs
        ]
    return " ".join(words), used, told


def _named(rng: random.Random, group: list[str], lang: str) -> str:
    if len(group) == 1:
        return group[0] + (rng.choice(_APPOSITIONS[lang]) if rng.random() < 0.15 else "")
    return ", ".join(group[:-1]) + rng.choice(_AND[lang]) + group[-1]
