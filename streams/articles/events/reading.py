"""A sentence as the event model reads it: classes of words, and companies as nodes.

Companies that are named in one breath ("A, B and C") form one node: what is said of the node
is said of each of them. Cost is linear in the number of words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from streams.articles.document import Document, TextField
from streams.articles.events.cues import telling
from streams.articles.events.lexicon import _Word, lexicon, match_phrase
from streams.messages import Company, FieldName

ENTITY = "ENTITY"
MAX_ITEMS = 160
_JOINERS = frozenset(["COMMA", "AND", "OR", "ASWELL"])
_LIGHT = frozenset(["NATION.a", "FIRM.n", "OF", "SLASH"])
_NOTHING = _Word(ENTITY, frozenset(), ())


# Labels with every node as one token, the items they stand for, and the nodes: place, companies.
Frame = tuple[list[str], list[int], list[tuple[int, set[int]]]]

# Place and label of a cue; places of the nearest companies before and after it (-1: none), and whether a
# clause begins in between; the preposition that follows; whether it is a passive.
Cue = tuple[int, str, int, int, bool, bool, str, bool]


@dataclass(frozen=True, slots=True)
class Telling:
    """Short classes of a sentence with a node as one token, places of nodes, cues, their concepts."""

    short: list[str]
    nodes: list[int]
    cues: list[Cue]
    concepts: list[str]


@dataclass(slots=True)
class Sentence:
    """Items of a sentence: label, first and last word, for a company its number and kind."""

    field: FieldName
    number: int  # counted over the article, title first
    first: int
    last: int
    labels: list[str]
    words: list[int]
    ends: list[int]
    entities: dict[int, tuple[int, str]]  # item -> (company, kind of mention)
    nodes: dict[int, int]  # item -> node
    members: list[list[int]]  # node -> items
    telling: bool = False  # whether any word can tell an event
    inside: frozenset[int] = frozenset()  # companies
    skeletons: dict[tuple[int, int], tuple[list[str], list[int]]] = attribute(default_factory=dict)
    frame: Frame | None = None  # kept by `features`
    tellings: dict[bool, Telling] = attribute(default_factory=dict)  # kept by `features`
    wordings: dict[int, Any] = attribute(default_factory=dict)  # kept by `wording`


@dataclass(slots=True)
class Place:
    """One mention: where it stands and of whom."""

    field: FieldName
    sentence: int
    first: int
    last: int
    company: int
    kind: str


def places(document: Document, companies: Sequence[Company]) -> list[list[Place]]:
    """Mentions by sentence (title first), in reading order, none overlapping another."""
    offset = len(document.title.sentences)
    found: list[list[Place]] = [[] for _ in range(offset + len(document.body.sentences))]
    for number, company in enumerate(companies):
        for mention in company.mentions:
            field = document.field(mention.field)
            first = field.word_at(mention.start)
            last = field.word_at(mention.end - 1)
            if first < 0 or last < first:
                continue
            sentence = field.sentence_of(first) + (offset if mention.field == "body" else 0)
            kind = "product" if mention.kind == "product" else "name"
            found[sentence].append(Place(mention.field, sentence, first, last, number, kind))
    for row in found:
        row.sort(key=lambda p: (p.first, -p.last))
        kept: list[Place] = []
        for place in row:
            if not kept or place.first > kept[-1].last:
                kept.append(place)
        row[:] = kept
    return found


def read_sentence(document: Document, number: int, row: Sequence[Place]) -> Sentence:
    """The sentence with this number, its companies put in as items."""
    offset = len(document.title.sentences)
    field: TextField = document.title if number < offset else document.body
    first, last = field.sentences[number if number < offset else number - offset]
    lex = lexicon(document.lang)
    known: list[_Word] = []
    words: list[int] = []
    ends: list[int] = []
    entities: dict[int, tuple[int, str]] = {}
    at = first
    coming = 0
    text = field.words[first:last]
    while at < last and len(known) < MAX_ITEMS:
        if coming < len(row) and at >= row[coming].first:
            place = row[coming]
            coming += 1
            entities[len(known)] = (place.company, place.kind)
            known.append(_NOTHING)
            words.append(at)
            at = max(at, place.last) + 1
            ends.append(at - 1)
            continue
        word = lex.word(text[at - first])
        if word.label is not None:
            known.append(word)
            words.append(at)
            ends.append(at)
        at += 1
    labels = _labels(known)
    sentence = Sentence(field.name, number, first, last, labels, words, ends, entities, {}, [])
    _collapse(sentence)
    _join(sentence)
    sentence.telling = telling(sentence.labels)
    sentence.inside = frozenset([company for company, _ in sentence.entities.values()])
    return sentence


def _labels(known: list[_Word]) -> list[str]:
    labels: list[str] = []
    at = 0
    while at < len(known):
        phrase = match_phrase(known, at) if known[at].phrases else None
        if phrase is None:
            labels.append(known[at].label or "WORD")
            at += 1
            continue
        label, length = phrase
        labels.append(label)
        labels.extend([""] * (length - 1))
        at += length
    return labels


def _collapse(sentence: Sentence) -> None:
    """Drop the tails of phrases and fold runs of words outside the lexicon into one item."""
    labels: list[str] = []
    words: list[int] = []
    ends: list[int] = []
    entities: dict[int, tuple[int, str]] = {}
    for at, label in enumerate(sentence.labels):
        if not label or (labels and label == labels[-1] and label in ("WORD", "NAME", "NUMBER")):
            ends[-1] = sentence.ends[at]
            continue
        if label == ENTITY:
            entities[len(labels)] = sentence.entities[at]
        labels.append(label)
        words.append(sentence.words[at])
        ends.append(sentence.ends[at])
    sentence.labels, sentence.words, sentence.ends = labels, words, ends
    sentence.entities = entities


def _join(sentence: Sentence) -> None:
    """Give companies that stand in one coordination the same node."""
    items = sorted(sentence.entities)
    groups: list[list[int]] = []
    links: list[list[str]] = []
    for item in items:
        link = _link(sentence.labels, groups[-1][-1], item) if groups else None
        if link is not None:
            groups[-1].append(item)
            links[-1].append(link)
        else:
            groups.append([item])
            links.append([])
    for group, joins in zip(groups, links, strict=True):
        for part in _proper(group, joins):
            for item in part:
                sentence.nodes[item] = len(sentence.members)
            sentence.members.append(part)


def _link(labels: list[str], left: int, right: int) -> str | None:
    between = [x for x in labels[left + 1 : right] if x not in _LIGHT]
    if right - left > 6 or not between or len(between) > 2:
        return None
    if all(x in _JOINERS for x in between):
        return "COMMA" if between == ["COMMA"] else "AND"
    return None


def _proper(group: list[int], links: list[str]) -> list[list[int]]:
    """A comma alone between two companies joins nothing; a list needs "and" or a third member."""
    if len(group) == 2 and links == ["COMMA"]:
        return [[group[0]], [group[1]]]
    return [group]
