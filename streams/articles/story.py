"""A sketch of an article, small enough to keep, by which reports of one story are told from others.

Three samples of the first part of the text, companies left out: word triples, which copies share;
telling words, cut to stems that English and French often share; and facts: numbers, names and companies,
which rewrites and translations keep. The cost is linear in the length of that part.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

from streams.articles.companies.words import WORDS_FOLDER, fold
from streams.articles.identity import digest
from streams.messages import Enriched, StoryMark

MOST_SHINGLES, MOST_WORDS, MOST_FACTS = 16, 48, 32
MOST_CHARACTERS = 1_500
STEM = 5
SHORTEST_WORD = 4
LONGEST_WORD = 40
# Words of this frequency class or above (Zipf frequency times 1.5) tell nothing of a story.
COMMON = 8

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[.!?%\n]")
_SENTENCE_ENDS = frozenset(".!?\n")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
# English writes them like names, French does not.
_DAYS_AND_MONTHS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december".split()
)
_MAGNITUDES = {
    **dict.fromkeys(("billion", "billions", "bn", "milliard", "milliards", "md", "mds"), 1e9),
    **dict.fromkeys(("million", "millions", "mn", "m"), 1e6),
    **dict.fromkeys(("thousand", "mille", "k"), 1e3),
    **dict.fromkeys(("trillion", "trillions"), 1e12),
}


def story_mark(enriched: Enriched) -> StoryMark:
    """The mark of an article with its companies."""
    tokens = _TOKEN.findall(_without_mentions(enriched))
    words = [_word(token) for token in tokens if token[0].isalnum()]
    facts = [f"company {c.id}" for c in enriched.companies if c.role != "source"]
    return StoryMark(
        content=digest("story", enriched.title, enriched.body)[:16],
        shingles=_shingles(words),
        words=_telling_words(words),
        facts=_hashes(dict.fromkeys((*facts, *_numbers(tokens), *_names(tokens))), MOST_FACTS),
    )


def company_fact(id: str) -> str:
    """The fact that a company is in the text, as it stands in a mark; 4 hexadecimal digits."""
    return _hashes([f"company {id}"], 1)


def _without_mentions(enriched: Enriched) -> str:
    """Title and the first part of the body without names of companies: a pair's reports share them."""
    texts = {"title": enriched.title, "body": enriched.body[:MOST_CHARACTERS]}
    for field, text in texts.items():
        spans = sorted(
            (m.start, m.end)
            for c in enriched.companies
            for m in c.mentions
            if m.field == field and m.kind in ("name", "ticker") and m.end <= len(text)
        )
        parts, at = [], 0
        for start, end in spans:
            if start >= at:
                parts.append(text[at:start])
                at = end
        texts[field] = "".join((*parts, text[at:]))
    return f"{texts['title']}\n{texts['body']}"


def _shingles(words: list[tuple[int, str, int]]) -> str:
    if len(words) < 3:
        return ""
    one = np.array([word[0] for word in words], dtype=np.uint32)
    three = one[:-2] * np.uint32(0x9E3779B1) ^ one[1:-1] * np.uint32(0x85EBCA6B) ^ one[2:]
    mixed = np.unique((three * np.uint32(0xC2B2AE35)) ^ (three >> np.uint32(15)))
    return mixed[:MOST_SHINGLES].astype(">u4").tobytes().hex()


def _telling_words(words: list[tuple[int, str, int]]) -> str:
    classes: dict[str, int] = {}
    for _, stem, known in words:
        if stem and known < classes.get(stem, COMMON):
            classes[stem] = known
    return _hashes(sorted(classes, key=classes.__getitem__), MOST_WORDS)


@lru_cache(maxsize=16_384)
def _word(token: str) -> tuple[int, str, int]:
    """Hash of the folded word, its stem where it may tell something, and its frequency class."""
    word = fold(token[:LONGEST_WORD])
    known = _frequency().get(word, 0)
    telling = len(word) >= SHORTEST_WORD and word[0].isalpha() and known < COMMON
    return crc32(word.encode()), word[:STEM] if telling else "", known


def _names(tokens: list[str]) -> Iterable[str]:
    """Capitalised words within sentences, and abbreviations."""
    before = "."
    for token in tokens:
        if token[0].isupper():
            within = before not in _SENTENCE_ENDS or (token.isupper() and len(token) > 1)
            name = fold(token[:LONGEST_WORD])
            rare = _word(token)[2] < COMMON and name not in _DAYS_AND_MONTHS
            if within and rare and len(token) > 2:
                yield f"name {name}"
        before = token


def _numbers(tokens: list[str]) -> Iterable[str]:
    """Numbers in one form for both languages; without small and bare ones, which say little."""
    digits = ""
    for place in [i for i, token in enumerate(tokens) if token[0].isdigit()]:
        token = tokens[place]
        following = tokens[place + 1] if place + 1 < len(tokens) else ""
        digits += token
        if following.isdigit() and len(following) == 3 and len(token) <= 3:
            continue
        value, unit = _value(digits), following.lower()
        digits = ""
        if value is None:
            continue
        if unit in ("%", "percent", "per", "pour"):
            yield f"percent {value:g}"
        elif unit in _MAGNITUDES:
            yield f"amount {value * _MAGNITUDES[unit]:g}"
        elif value >= 10 and not 1990 <= value <= 2040:
            yield f"number {value:g}"


def _value(digits: str) -> float | None:
    try:
        return float(_THOUSANDS.sub("", digits[:LONGEST_WORD]).replace(",", "."))
    except ValueError:
        return None


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
