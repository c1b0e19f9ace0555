"""A passage word for word, as the word network reads it.

Every word stands with its class in the lexicon. Companies that are named in one
breath are one token, marked by which of the pair are among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from streams.articles.document import TextField
from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.reading import Sentence

NOTHING, LEFT, RIGHT, OTHER, BOTH = range(5)
MAX_TOKENS = 72
_BEFORE = 18
_AFTER = 14
_BETWEEN = 40
_ANTECEDENT = 24
_CURRENT = 42
_LEFTS = (LEFT, BOTH)
_RIGHTS = (RIGHT, BOTH)


class Token(NamedTuple):
    """One word, or one node of companies (`word` is empty), and the segment it stands in.

    Segments: 0 title, 1 body, 2 title and 3 body where the token stands in the antecedent.
    """

    word: str
    marker: int
    label: str
    segment: int


@dataclass(frozen=True, slots=True)
class Wording:
    """The tokens of a passage and the places of the left and of the right company."""

    tokens: tuple[Token, ...]
    left: int
    right: int


def wording(reading: Reading, passage: Passage) -> Wording:
    """The passage as tokens, cut to the neighbourhood of the pair."""
    current = _sentence(reading, passage.sentence, passage, 0)
    lefts, rights = _marked(current, _LEFTS), _marked(current, _RIGHTS)
    if passage.kind == "same" and lefts and rights:
        return _within(current, lefts, rights)
    antecedent = reading.sentence(passage.antecedent)
    before = _sentence(reading, antecedent, passage, 2)
    needed = _marked(before, _RIGHTS if passage.kind == "across" else (LEFT, RIGHT, BOTH))
    centre = needed[-1] if needed else 0
    back = _ANTECEDENT // 2 if passage.kind == "across" else _ANTECEDENT - 6
    low = max(0, centre - back)
    before = before[low : low + _ANTECEDENT]
    low = max(0, (lefts[0] if lefts else 0) - _BEFORE)
    current = current[low : low + _CURRENT]
    ahead = antecedent.number < passage.sentence.number
    joined = [*before, *current] if ahead else [*current, *before]
    here = len(before) if ahead else 0
    there = 0 if ahead else len(current)
    lefts, rights = _marked(joined, _LEFTS), _marked(joined, _RIGHTS)
    if passage.kind == "across":
        left = next((at for at in lefts if at >= here), lefts[0] if lefts else 0)
        named = _marked(before, _RIGHTS)
        right = (named[-1] if named else 0) + there
    else:
        left, right = (lefts[0] if lefts else 0), (rights[-1] if rights else 0)
    return Wording(tuple(joined[:MAX_TOKENS]), left, right)


def _within(current: list[Token], lefts: list[int], rights: list[int]) -> Wording:
    left, right = min(
        ((x, y) for x in lefts for y in rights), key=lambda p: (abs(p[0] - p[1]), p[0] > p[1])
    )
    low, high = min(left, right), max(left, right)
    between = list(range(low + 1, high))
    if len(between) > _BETWEEN:
        between = between[: _BETWEEN // 2] + between[-_BETWEEN // 2 :]
    after = range(high if high > low else high + 1, min(len(current), high + _AFTER + 1))
    kept = [*range(max(0, low - _BEFORE), low + 1), *between, *after]
    tokens = tuple(current[at] for at in kept)
    return Wording(tokens[:MAX_TOKENS], kept.index(left), kept.index(right))


def _marked(tokens: Sequence[Token], markers: tuple[int, ...]) -> list[int]:
    return [at for at, token in enumerate(tokens) if token.marker in markers]


def _sentence(
    reading: Reading, sentence: Sentence, passage: Passage, antecedent: int
) -> list[Token]:
    title = sentence.number < reading.titles
    segment = antecedent + (0 if title else 1)
    kept: _Unmarked | None = sentence.wordings.get(segment)
    if kept is None:
        field = reading.document.title if title else reading.document.body
        kept = sentence.wordings[segment] = _unmarked(field, sentence, segment)
    tokens = kept[0].copy()
    for at, companies, label in kept[1]:
        tokens[at] = Token("", _marker(companies, passage), label, segment)
    return tokens


# The tokens of a sentence for any pair, and of its nodes: place, companies, label.
_Unmarked = tuple[list[Token], list[tuple[int, set[int], str]]]


def _unmarked(field: TextField, sentence: Sentence, segment: int) -> _Unmarked:
    labels: dict[int, str] = {}
    for item, label in enumerate(sentence.labels):
        if item not in sentence.entities:
            for at in range(sentence.words[item], sentence.ends[item] + 1):
                labels[at] = label
    heads: dict[int, tuple[int, set[int], str]] = {}
    for members in sentence.members:
        companies = {sentence.entities[member][0] for member in members}
        product = sentence.entities[members[0]][1] == "product"
        label = ("P" if product else "N") + str(min(3, len(members)))
        heads[sentence.words[members[0]]] = sentence.ends[members[-1]], companies, label
    tokens: list[Token] = []
    nodes: list[tuple[int, set[int], str]] = []
    words = field.words[sentence.first : sentence.last]
    at = sentence.first
    while at < sentence.last:
        head = heads.get(at)
        if head is None:
            tokens.append(Token(words[at - sentence.first], NOTHING, labels.get(at, ""), segment))
            at += 1
        else:
            nodes.append((len(tokens), head[1], head[2]))
            tokens.append(Token("", NOTHING, head[2], segment))
            at = max(at, head[0]) + 1
    return tokens, nodes


def _marker(companies: set[int], passage: Passage) -> int:
    if passage.left in companies:
        return BOTH if passage.right in companies else LEFT
    return RIGHT if passage.right in companies else OTHER


def circumstances(reading: Reading, passage: Passage) -> list[float]:
    """Numbers about the passage: kind, distance, place in the article, salience of the pair."""
    sentence = passage.sentence
    number = sentence.number
    pair = passage.left, passage.right
    inside = sentence.inside
    across = passage.kind != "same"
    companies = len(reading.companies)
    mentions = reading.mentions
    named = reading.rows[number]
    values: list[float] = [
        not across,
        passage.kind == "across",
        passage.kind == "after",
        number < reading.titles,
        min(companies, 12) / 6,
        min(len(inside), 8) / 4,
        len(inside) == 1,
        len(inside) == 2,
        companies == 2,
        companies == 3,
        across and passage.antecedent > number,
        across and passage.antecedent < reading.titles,
        *(passage.distance == far for far in range(1, 7)),
        *_antecedent(reading, passage),
    ]
    for company in pair:
        values += [
            company == reading.topic,
            reading.companies[company].role == "source",
            reading.where[company][0] < reading.titles,
            min(reading.counts[company], 6) / 3,
            reading.counts[company] / mentions,
            bool(named) and named[0].company == company,
        ]
    return [float(value) for value in values]


def _antecedent(reading: Reading, passage: Passage) -> list[float]:
    """Whether the company named before is the obvious one to be meant."""
    if passage.kind == "same":
        return [0.0, 0.0, 0.0, 0.0]
    row = reading.rows[passage.antecedent]
    number = passage.sentence.number
    values = [
        float(row[0].company == passage.right),
        min(len(reading.named[passage.antecedent]), 5) / 3,
    ]
    low = min(passage.antecedent, number)
    later = frozenset().union(*reading.named[low:number]) - {passage.right}
    return [*values, min(len(later), 5) / 3, float(not later - {passage.left})]
