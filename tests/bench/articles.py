"""Articles for measuring: composed of the written texts and of plain paragraphs, none of them twice.

A third tells of events, a third names companies without any event, a third names none: sport, law, weather.
Lengths lie between 100 and 2,000 words, as many from 100 to 450 as from 450 to 2,000.
"""

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "streams" / "training" / "texts"
# Texts that are added later must not change what is measured.
SERIES = ("train.jsonl", "written-[abc]-*.jsonl")
PLAIN = (
    ROOT / "streams" / "training" / "company_texts",
    ROOT / "tests" / "data" / "companies",
)
LANGUAGES = ("en", "fr")
SHORTEST, LONGEST = 100, 2_000

_encode = msgspec.json.Encoder().encode


class _Pile:
    """Titles and paragraphs of one kind and language, drawn in an order that never repeats soon."""

    def __init__(self, texts: list[tuple[str, list[str]]], chance: random.Random) -> None:
        self._texts = texts
        self._chance = chance
        self._left: list[tuple[str, list[str]]] = []

    def draw(self) -> tuple[str, list[str]]:
        if not self._left:
            self._left = list(self._texts)
            self._chance.shuffle(self._left)
        return self._left.pop()


class Composer:
    """Endless articles; the same seed gives the same ones.

    Args:
        seed: of the order in which texts are drawn.
        words: the least and the greatest number of words of an article.
    """

    def __init__(self, seed: int = 1, words: tuple[int, int] = (SHORTEST, LONGEST)) -> None:
        self._chance = random.Random(seed)
        self._words = words
        telling: dict[str, list[tuple[str, list[str]]]] = {lang: [] for lang in LANGUAGES}
        silent: dict[str, list[tuple[str, list[str]]]] = {lang: [] for lang in LANGUAGES}
        plain: dict[str, list[tuple[str, list[str]]]] = {lang: [] for lang in LANGUAGES}
        for text in _lines(sorted(path for name in SERIES for path in WRITTEN.glob(name))):
            pile = telling if text.get("events") else silent
            pile[text["lang"]].append((text.get("title") or "", text["text"].split("\n\n")))
        for folder in PLAIN:
            for text in _lines(sorted(folder.glob("ordinary*.jsonl"))):
                plain[text["lang"]].append((text.get("title") or "", text["text"].split("\n\n")))
        self._piles = {
            (kind, lang): _Pile(texts[lang], self._chance)
            for kind, texts in (("telling", telling), ("silent", silent), ("plain", plain))
            for lang in LANGUAGES
        }

    def articles(self, count: int) -> Iterator[bytes]:
        """So many articles as raw messages, with ids."""
        for number in range(count):
            yield self.article(number)

    def article(self, number: int) -> bytes:
        """One more article."""
        chance = self._chance
        lang = LANGUAGES[number % 2]
        kind = ("telling", "silent", "plain")[number // 2 % 3]
        low, high = self._words
        wanted = low * math.exp(chance.random() * math.log(high / low))
        title, paragraphs = self._piles[kind, lang].draw()
        size = sum(len(p.split()) for p in paragraphs)
        rest: list[str] = []
        while size < wanted:
            _, more = self._piles["plain", lang].draw()
            for paragraph in more:
                rest.append(paragraph)
                size += len(paragraph.split())
                if size >= wanted:
                    break
        opening = f"{number + 1:,} " + ("reports" if lang == "en" else "dépêches") + "."
        place = chance.randrange(len(rest) + 1)
        body = "\n\n".join((*rest[:place], *paragraphs, *rest[place:], opening))
        hour, day = number % 24, 1 + number // 24 % 28
        return _encode(
            {
                "id": f"bench-{number}",
                "title": title,
                "body": body,
                "url": f"https://news.example/{lang}/{number}",
                "source": f"Example {number % 40}",
                "published_at": f"2026-03-{day:02d}T{hour:02d}:00:00Z",
            }
        )


def _lines(paths: list[Path]) -> Iterator[dict[str, str]]:
    for path in paths:
        for line in path.read_text("utf-8").splitlines():
            yield json.loads(line)
