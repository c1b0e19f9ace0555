"""A sketch of an article, small enough to keep, by which reports of one story are told from others.

Three samples of the text: word triples, which copies share; telling words, cut to stems that
English and French often share; and facts: numbers, names and companies, which rewrites and
translations keep. The cost is linear in the length of the text, which is cut to its first part.
"""

import re
from collections.abc import Iterable
from functools import cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from streams.articles.companies.words import WORDS_FOLDER, fold
from streams.articles.identity import digest
from streams.messages import Enriched, StoryMark

MOST_SHINGLES, MOST_WORDS, MOST_FACTS = 16, 48, 32
MOST_CHARACTERS = 6_000
STEM = 6
SHORTEST_WORD = 4
# Words of this frequency class or above (Zipf frequency times 1.5) tell nothing of a story.
COMMON = 7

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_NUMBER = re.compile(
    r"(\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?)\s?"
    r"(%|per ?cent|pour cent|billions?|bn|milliards?|mds?|md|millions?|mn|m|trillions?|thousand"
    r"|mille|k)?"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:(?<=[a-zà-ÿ0-9] )|(?<=[,;:] ))[A-ZÀ-Þ][\w'’-]*\w|\b[A-Z]{2,}[\w-]*")
_MAGNITUDES = {"b": 1e9, "m": 1e6, "t": 1e12, "k": 1e3}


def story_mark(enriched: Enriched) -> StoryMark:
    """The mark of an article with its companies."""
    title, body = enriched.title, enriched.body[:MOST_CHARACTERS]
    named = _without_mentions(enriched, title, body)
    text = fold(f"{title}\n{body}")
    return StoryMark(
        content=digest("story", enriched.title, enriched.body)[:16],
        shingles=_shingles(_WORD.findall(text)),
        words=_telling_words(_WORD.findall(fold(named))),
        facts=_facts(named, (c.id for c in enriched.companies if c.role != "source")),
    )


def _without_mentions(enriched: Enriched, title: str, body: str) -> str:
    """Title and body with blanks in place of companies, which all reports of a pair share."""
    texts = {"title": title, "body": body}
    for field, text in texts.items():
        spans = sorted(
            (m.start, m.end)
            for c in enriched.companies
            for m in c.mentions
            if m.field == field and m.kind != "reference" and m.end <= len(text)
        )
        parts, at = [], 0
        for start, end in spans:
            if start >= at:
                parts.append(text[at:start])
                at = end
        texts[field] = "".join((*(p + "·" for p in parts), text[at:]))
    return f"{texts['title']}\n{texts['body']}"


def _shingles(words: list[str]) -> str:
    if len(words) < 3:
        return ""
    one = np.fromiter((crc32(w.encode()) for w in words), dtype=np.uint32, count=len(words))
    three = one[:-2] * np.uint32(0x9E3779B1) ^ one[1:-1] * np.uint32(0x85EBCA6B) ^ one[2:]
    mixed = np.unique((three * np.uint32(0xC2B2AE35)) ^ (three >> np.uint32(15)))
    return mixed[:MOST_SHINGLES].astype(">u4").tobytes().hex()


def _telling_words(words: list[str]) -> str:
    frequency = _frequency()
    classes: dict[str, int] = {}
    for word in words:
        if len(word) >= SHORTEST_WORD and word[0].isalpha():
            known = frequency.get(word, 0)
            if known < COMMON:
                stem = word[:STEM]
                classes[stem] = min(known, classes.get(stem, COMMON))
    rarest = sorted(classes, key=lambda stem: classes[stem])[:MOST_WORDS]
    return _hashes(rarest, MOST_WORDS)


def _facts(text: str, companies: Iterable[str]) -> str:
    facts = dict.fromkeys(f"company {id}" for id in companies)
    for match in _NUMBER.finditer(text):
        number = _number(match.group(1), match.group(2))
        if number:
            facts[number] = None
    for match in _NAME.finditer(text):
        name = fold(match.group())
        if len(name) > 2 and _frequency().get(name, 0) < COMMON:
            facts[f"name {name}"] = None
    return _hashes(facts, MOST_FACTS)


def _number(digits: str, unit: str | None) -> str | None:
    """A number in one form for both languages; None for small and for bare ones that say little."""
    plain = re.sub(r"[\u00a0\u202f ]|[.,](?=\d{3}(?!\d))", "", digits).replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    kind = (unit or "").lower()
    if kind.startswith(("%", "p")):
        return f"percent {value:g}"
    if kind:
        factor = 1e9 if kind.startswith(("milliard", "md")) else _MAGNITUDES.get(kind[0], 1e3)
        return f"amount {value * factor:g}"
    if value < 10 or 1990 <= value <= 2040:
        return None
    return f"number {value:g}"


def _hashes(names: Iterable[str], most: int) -> str:
    values: npt.NDArray[np.uint32] = np.array(
        [crc32(name.encode()) & 0xFFFF or 1 for name in names][:most], dtype=np.uint32
    )
    return np.unique(values).astype(">u2").tobytes().hex()


@cache
def _frequency() -> dict[str, int]:
    """Frequency class by folded word, the greater of English and French."""
    table: dict[str, int] = {}
    for lang in ("en", "fr"):
        lines = (WORDS_FOLDER / f"frequency_{lang}.txt").read_text("utf-8").splitlines()
        for line in lines:
            number, *words = line.split(" ")
            for word in words:
                key = fold(word)
                table[key] = max(int(number), table.get(key, 0))
    return table
