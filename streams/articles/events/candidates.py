"""Which pairs of companies are judged, and on which passages.

A passage is one sentence that names both (`same`), one that names one of them while the other
stands in a sentence before it or in the title (`across`), or one that names neither and follows a
sentence with both ("The two groups ...", `after`). Numbers of companies and passages are bounded.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.articles.document import Document
from streams.articles.events.reading import Place, Sentence, places, read_sentence
from streams.messages import Company

MAX_COMPANIES = 24
MAX_PASSAGES = 4
MAX_SENTENCES = 200
MAX_PLACES = 24
MANY = 2
_REACH = 3
_NOBODY: frozenset[int] = frozenset()

Kind = Literal["same", "across", "after"]


@dataclass(slots=True)
class Passage:
    """A sentence judged for a pair, and where the companies it does not name stand."""

    kind: Kind
    sentence: Sentence
    left: int  # company (the one named in the sentence, for `across`)
    right: int
    items: tuple[int, int]  # their items in the sentence, -1 where not named
    antecedent: int  # sentence that names the other one, -1 if none is needed
    distance: int


@dataclass(slots=True)
class Reading:
    """What the article tells of its companies, before any pair is judged."""

    document: Document
    companies: Sequence[Company]
    rows: list[list[Place]]
    titles: int  # number of sentences in the title
    named: list[frozenset[int]]  # companies of each sentence
    where: list[list[int]]  # company -> its sentences
    counts: list[int]
    topic: int
    first: int  # company named first, and first in the body (-1 if none)
    first_in_body: int
    mentions: int
    cache: dict[int, Sentence]

    def sentence(self, number: int) -> Sentence:
        """The sentence as items, read once."""
        found = self.cache.get(number)
        if found is None:
            found = read_sentence(self.document, number, self.rows[number])
            self.cache[number] = found
        return found


def read(document: Document, companies: Sequence[Company]) -> Reading:
    """Find where the companies stand; nothing is read yet."""
    companies = companies[:MAX_COMPANIES]
    rows = places(document, companies)[:MAX_SENTENCES]
    where: list[list[int]] = [[] for _ in companies]
    counts = [0] * len(companies)
    titles = len(document.title.sentences)
    for number, row in enumerate(rows):
        for place in row:
            counts[place.company] += 1
            if not where[place.company] or where[place.company][-1] != number:
                where[place.company].append(number)
    topic = _topic(rows, titles, counts)
    return Reading(
        document,
        companies,
        rows,
        titles,
        [frozenset([place.company for place in row]) if row else _NOBODY for row in rows],
        where,
        counts,
        topic,
        _first(rows),
        _first(rows[titles:]),
        max(1, sum(counts)),
        {},
    )


def _first(rows: list[list[Place]]) -> int:
    return next((place.company for row in rows for place in row), -1)


def _topic(rows: list[list[Place]], titles: int, counts: list[int]) -> int:
    """The company the article is about: first in the title, else the most and first named."""
    for row in rows[:titles]:
        if row:
            return row[0].company
    best = -1
    for row in rows:
        for place in row:
            if best < 0 or counts[place.company] > counts[best]:
                best = place.company
    return best


def pairs(reading: Reading) -> list[tuple[int, int]]:
    """Pairs of companies that are named, are more than the place of a listing, and are not one house.

    "Boeing" and "Boeing Commercial Airplanes" are a group and its part, or one company found twice:
    what stands between them is no event.
    """
    able = [
        number
        for number, company in enumerate(reading.companies)
        if reading.where[number] and company.role != "listing"
    ]
    names = {number: reading.companies[number].name.casefold() + " " for number in able}
    return [
        (a, b)
        for i, a in enumerate(able)
        for b in able[i + 1 :]
        if not (names[a].startswith(names[b]) or names[b].startswith(names[a]))
    ]


def passages(reading: Reading, a: int, b: int) -> list[Passage]:
    """The passages on which this pair is judged, in reading order."""
    in_a, in_b = reading.where[a], reading.where[b]
    named = reading.named
    both = [number for number in in_a if b in named[number]]
    found = [_same(reading, n, a, b) for n in both[:MAX_PASSAGES]]
    found = [p for p in found if p.items != (-1, -1) and not _crossed(p)]
    if not found and not both:
        found = _across(reading, a, b, in_a, in_b)
    found.extend(_after(reading, a, b, both))
    return found


def _same(reading: Reading, number: int, a: int, b: int) -> Passage:
    sentence = reading.sentence(number)
    best = (-1, -1)
    last: dict[int, int] = {}
    for item, (company, _) in sentence.entities.items():
        if company not in (a, b):
            continue
        other = last.get(b if company == a else a)
        if other is not None and (best == (-1, -1) or item - other < best[1] - best[0]):
            best = (other, item)
        last[company] = item
    if best == (-1, -1):
        return Passage("same", sentence, a, b, best, -1, 0)
    left = sentence.entities[best[0]][0]
    return Passage("same", sentence, left, b if left == a else a, best, -1, 0)


def _crossed(passage: Passage) -> bool:
    """Whether "respectively" gives each of the two another partner: "A and B supply C and D"."""
    sentence = passage.sentence
    if "RESPECTIVELY" not in sentence.labels:
        return False
    left, right = (sentence.nodes[item] for item in passage.items)
    lefts, rights = sentence.members[left], sentence.members[right]
    if left == right or len(lefts) < MANY or len(lefts) != len(rights):
        return False
    return lefts.index(passage.items[0]) != rights.index(passage.items[1])


def _across(reading: Reading, a: int, b: int, in_a: list[int], in_b: list[int]) -> list[Passage]:
    found: list[tuple[int, Passage]] = []
    for here, other, mine, theirs in ((a, b, in_a, in_b), (b, a, in_b, in_a)):
        for number in mine[:MAX_PLACES]:
            antecedent, distance = _antecedent(reading, number, theirs)
            if antecedent < 0 or number < reading.titles:
                continue
            sentence = reading.sentence(number)
            if not sentence.telling:
                continue
            items = [i for i, (c, _) in sentence.entities.items() if c == here]
            if items:
                passage = Passage(
                    "across", sentence, here, other, (items[0], -1), antecedent, distance
                )
                found.append((distance, passage))
    found.sort(key=lambda f: f[0])
    chosen = [passage for _, passage in found[:MAX_PASSAGES]]
    chosen.sort(key=lambda p: p.sentence.number)
    return chosen


def _antecedent(reading: Reading, number: int, theirs: list[int]) -> tuple[int, int]:
    """The sentence that names the other company before this one (else the title, else after it)."""
    at = bisect_left(theirs, number)
    last = theirs[at - 1] if at else -1
    if at and number - last <= _REACH:
        return last, number - last
    if at and theirs[0] < reading.titles:
        return theirs[0], _REACH + 1
    if at < len(theirs) and theirs[at] == number + 1:
        return number + 1, _REACH + 2
    if at and number - last <= 2 * _REACH:
        return last, _REACH + 3
    return -1, 0


def _after(reading: Reading, a: int, b: int, both: list[int]) -> list[Passage]:
    found: list[Passage] = []
    for number in both[:MAX_PLACES]:
        following = number + 1
        if following >= len(reading.rows) or following < reading.titles:
            continue
        named = reading.named[following]
        if a in named or b in named or len(named) > 1:
            continue
        if len(reading.named[number]) > 3:
            continue
        sentence = reading.sentence(following)
        if not sentence.telling:
            continue
        found.append(Passage("after", sentence, a, b, (-1, -1), number, 1))
    return found[:2]
