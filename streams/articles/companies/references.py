"""What points to a company without naming it: tickers, its people, "the company", "le constructeur".

Only companies that the article names are pointed to, and only where the pointing can be resolved.
"""

import csv
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from streams.articles.companies.article import ArticleView, FieldView
from streams.articles.companies.descriptions import GENERIC, HEADS, MAKERS
from streams.articles.companies.linking import Candidate
from streams.articles.companies.registry import Registry, parse_meanings
from streams.articles.companies.words import WORDS_FOLDER, key_of
from streams.messages import Mention, MentionKind

_EXCHANGES = (
    "NASDAQ|Nasdaq|NYSE|LSE|AIM|EPA|Euronext Paris|Euronext|EURONEXT|TSX|ASX|XETRA|HKEX|TYO|BIT"
)
_TICKER = re.compile(
    rf"\$([A-Z]{{1,5}})\b"
    rf"|\b(?:{_EXCHANGES})\s?:\s?([A-Z0-9]{{1,6}})\b"
    rf"|\(([A-Z]{{2,5}})(?:\.[A-Z]{{1,3}})?\)"
)
_IN_BRACKETS = re.compile(r"\([A-Z]{2}")
MAX_POINTERS = 500
MAX_REACH_WORDS = 120


# Names of a company come again with each article about it.
_key_of = lru_cache(maxsize=8192)(key_of)


@dataclass(slots=True)
class Pointer:
    """A mention and the company it points to."""

    company: Candidate
    mention: Mention


def _nationalities() -> dict[str, str]:
    table: dict[str, str] = {}
    with (WORDS_FOLDER / "nationalities.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            table.update(dict.fromkeys(row["words"].split(), row["country"]))
    return table


_COUNTRY_OF = _nationalities()


def _pointer(
    view: FieldView, first: int, last: int, kind: MentionKind, confidence: float, to: Candidate
) -> Pointer:
    start, end = view.field.span(first, last)
    text = view.field.text[start:end]
    mention = Mention(
        field=view.field.name, start=start, end=end, text=text, kind=kind, confidence=confidence
    )
    return Pointer(to, mention)


def _may_hold_ticker(text: str) -> bool:
    """Whether the signs are there that a ticker stands behind; most articles have none."""
    return (
        "$" in text
        or ("(" in text and _IN_BRACKETS.search(text) is not None)
        or (":" in text and any(name in text for name in _EXCHANGES.split("|")))
    )


def tickers(article: ArticleView, kept: list[Candidate], registry: Registry) -> list[Pointer]:
    """Stock symbols in their usual dress, of companies that the article names."""
    by_id = {c.id: c for c in kept}
    symbols = {symbol for c in kept if c.record for symbol in c.record.tickers}
    found: list[Pointer] = []
    for view in article.fields:
        text = view.field.text
        if not any(symbol in text for symbol in symbols) or not _may_hold_ticker(text):
            continue
        for match in _TICKER.finditer(text):
            group = match.lastindex or 0
            company = by_id.get(registry.by_ticker(match.group(group)) or "")
            if company is not None and len(found) < MAX_POINTERS:
                start, end = match.span(group)
                mention = Mention(
                    field=view.field.name,
                    start=start,
                    end=end,
                    text=match.group(group),
                    kind="ticker",
                    confidence=0.98,
                )
                found.append(Pointer(company, mention))
    return found


def people(article: ArticleView, kept: list[Candidate]) -> list[Pointer]:
    """People who lead or led a company that the article names."""
    leads: dict[str, Candidate] = {}
    for company in kept:
        for name in company.record.people if company.record else ():
            leads.setdefault(_key_of(name), company)
    found: list[Pointer] = []
    if not leads:
        return found
    for view in article.fields:
        for match in view.matches:
            key = " ".join([w.folded for w in view.words[match.start : match.end]])
            if key in leads and len(found) < MAX_POINTERS:
                pointer = _pointer(view, match.start, match.end - 1, "person", 0.9, leads[key])
                found.append(pointer)
    return found


def references(article: ArticleView, kept: list[Candidate], registry: Registry) -> list[Pointer]:
    """Descriptions that the article resolves: nicknames, "the Redmond firm", "the company"."""
    if not kept:
        return []
    resolver = _Resolver(kept, registry)
    found: list[Pointer] = []
    for view in article.fields:
        named = [(s.first, c) for c in kept for s in c.spans if s.view is view]
        named.sort(key=lambda n: n[0])
        for at in article.determiners(view, not resolver.nicknamed):
            pointer = resolver.resolve(view, at, named)
            if pointer is not None:
                found.append(pointer)
            if len(found) >= MAX_POINTERS:
                break
    return found


class _Resolver:
    """Which of an article's companies a definite description means."""

    def __init__(self, kept: list[Candidate], registry: Registry) -> None:
        self.kept = kept
        self.registry = registry
        self.by_id = {c.id: c for c in kept}
        nicknames = [name for c in kept if c.record for name in c.record.nicknames]
        # The first two words of those that are not one word.
        self.nicknames = {tuple(_key_of(name).split(" ")[:2]) for name in nicknames}
        self.nicknamed = bool(nicknames)
        self.by_city: dict[str, Candidate] = {}
        for company in kept:
            for city in company.record.cities if company.record else ():
                self.by_city.setdefault(_key_of(city).split(" ")[0], company)

    def resolve(
        self, view: FieldView, at: int, named: list[tuple[int, Candidate]]
    ) -> Pointer | None:
        """The pointer that begins with the determiner at word `at`."""
        if self.nicknamed:
            nickname = self._nickname(view, at)
            if nickname is not None:
                return nickname
        near = [word.low for word in view.words[at : at + 5]]
        first = at + 2 if near[0] == "l" else at + 1
        for head in range(first, at + min(first - at + 3, len(near))):
            low = near[head - at]
            if low in GENERIC or low in HEADS:
                return self._described(view, at, head, named)
            if low in MAKERS and head > first:
                return self._maker(view, at, first, head)
            if not (low.isalpha() or low == "-"):
                return None
        return None

    def _nickname(self, view: FieldView, at: int) -> Pointer | None:
        beginning = tuple([word.folded for word in view.words[at : at + 2]])
        if beginning not in self.nicknames:
            return None
        key, end = beginning[0], at + 1
        while self.registry.opens(key) and end < len(view.words) and end - at < 9:
            key = f"{key} {view.words[end].folded}"
            end += 1
            packed = self.registry.packed_meanings(key)
            for meaning in parse_meanings(packed) if packed else ():
                company = self.by_id.get(meaning.of)
                if meaning.kind == "nickname" and company is not None:
                    return _pointer(view, at, end - 1, "reference", 0.9, company)
        return None

    def _maker(self, view: FieldView, at: int, first: int, head: int) -> Pointer | None:
        """Resolve "the iPhone maker": the owner of the product, if the article names it."""
        match = view.match_at.get(first)
        if match is not None and match.end == head:
            for meaning in parse_meanings(match.packed):
                company = self.by_id.get(meaning.of)
                if meaning.kind == "product" and company is not None:
                    return _pointer(view, at, head, "reference", 0.9, company)
        return None

    def _described(
        self, view: FieldView, at: int, head: int, named: list[tuple[int, Candidate]]
    ) -> Pointer | None:
        words = view.words
        fitting = self.kept
        kinds = HEADS.get(words[head].low)
        if kinds is not None:
            fitting = [
                c for c in self.kept if c.record and not set(kinds).isdisjoint(c.record.kinds)
            ]
        elif head + 1 < len(words) and words[head + 1].capital:
            return None
        last, sure = head, 0.0
        for i, place in self._places(view, at, head):
            company = self.by_city.get(place)
            if company is not None and (kinds is None or company in fitting):
                return _pointer(view, at, i, "reference", 0.9, company)
            country = _COUNTRY_OF.get(words[i].low)
            if country:
                fitting = [c for c in fitting if c.record and c.record.country == country]
                last, sure = max(last, i), 0.15
            elif words[i].capital:
                return None
        if len(fitting) == 1 and (sure or kinds or len(self.kept) == 1):
            return _pointer(view, at, last, "reference", 0.75 + sure, fitting[0])
        latest = _latest(fitting, named, at)
        if latest is None:
            return None
        return _pointer(view, at, last, "reference", 0.55 + sure, latest)

    def _places(self, view: FieldView, at: int, head: int) -> Iterator[tuple[int, str]]:
        """Words before the head, and after it the nationality or the city behind "de"."""
        words = view.words
        for i in range(at + 1, head):
            yield i, words[i].folded
        for i in range(head + 1, min(head + 3, len(words))):
            low = words[i].low
            if low in _COUNTRY_OF and not words[i].capital:
                yield i, words[i].folded
            elif low in ("de", "d", "based", "from") or words[i].text in "'’":
                continue
            elif words[i].capital and words[i - 1].low in ("de", "d", "'", "’", "from"):
                city_end = i
                while city_end + 1 < len(words) and (
                    words[city_end + 1].capital or words[city_end + 1].text == "-"
                ):
                    city_end += 1
                if words[i].folded in self.by_city:
                    yield city_end, words[i].folded
            else:
                return


def _latest(
    fitting: list[Candidate], named: list[tuple[int, Candidate]], at: int
) -> Candidate | None:
    """The fitting company named last before word `at`, if it is near."""
    allowed = {c.id for c in fitting}
    for i in range(bisect_left(named, at, key=lambda n: n[0]) - 1, -1, -1):
        place, company = named[i]
        if at - place > MAX_REACH_WORDS:
            return None
        if company.id in allowed:
            return company
    return None
