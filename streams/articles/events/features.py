"""Named features of a passage for a pair: cues bound to arguments, and the skeleton.

The left company of the pair is `X`, the right one `Y`, other companies are `O`; a node that holds
both is `XY`. A cue is described by its class and by the nodes on either side of it, so that a cue
that belongs to another pair of the sentence speaks for that pair and not for this one.

Features come in groups that depend on few things. What stands for the names of a group, such as their
rows in a model, is kept: names are made when a group is met first.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain
from typing import Generic, TypeVar

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.cues import concept, plainly
from streams.articles.events.reading import ENTITY, Cue, Frame, Sentence, Telling


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN = frozenset(["WORD", "NAME", "NUMBER", "SIGN", "DATE", "YEAR", "SLASH", ""])
_GRAMMAR = _words(
    "WITH TO OF BY AGAINST FROM IN FOR ON AT UNDER THAN AS ABOUT AND OR ASWELL BUT RELATIVE "
    "WHEN BECAUSE BE HAVE GET PRONOUN POSSESSIVE COMMA BREAK COLON OPEN CLOSE QUOTE DASH "
    "STOP PERCENT MONEY QUESTION BETWEEN AMONG"
)
_REFERENCES = frozenset(["PRONOUN", "POSSESSIVE", "FIRM.n", "NATION.a", "TWO"])
_CLAUSE = frozenset(["BUT", "RELATIVE", "WHEN", "BECAUSE", "BREAK", "COLON", "DASH", "QUOTE"])
_NODES = frozenset(["X", "Y", "XY", "O"])
_SILENT = _PLAIN | _GRAMMAR | _NODES | {"REF"}
_BEHIND_CLAUSE = {name: name + "'" for name in (*_NODES, "REF")}
_PREPOSITIONS = _words("WITH TO OF BY AGAINST FROM IN FOR ON AT UNDER THAN BETWEEN AMONG SUCHAS AS")
_WINDOW = 5
_MOST_CONCEPTS = 10
_LONGEST_PATH = 6
_MOST_KEPT = 10_000

T = TypeVar("T")


def bucket(number: int) -> str:
    """A small number as it is, a larger one by its magnitude."""
    if number < 4:
        return str(number)
    return "4-6" if number < 7 else "7-12" if number < 13 else "13+"


def skeleton(sentence: Sentence, left: int, right: int) -> tuple[list[str], list[int]]:
    """Labels with every node as one token, and the item that each token stands for."""
    known = sentence.skeletons.get((left, right))
    if known is None:
        known = _skeleton(sentence, left, right)
        sentence.skeletons[left, right] = known
    return known


def _skeleton(sentence: Sentence, left: int, right: int) -> tuple[list[str], list[int]]:
    if sentence.frame is None:
        sentence.frame = _frame_of(sentence)
    unnamed, items, nodes = sentence.frame
    tokens = unnamed.copy()
    for at, companies in nodes:
        tokens[at] = ("X" if left in companies else "") + ("Y" if right in companies else "") or "O"
    return tokens, items


def _frame_of(sentence: Sentence) -> Frame:
    tokens: list[str] = []
    items: list[int] = []
    nodes: list[tuple[int, set[int]]] = []
    seen: set[int] = set()
    skip_to = -1
    for item, label in enumerate(sentence.labels):
        if item <= skip_to:
            continue
        if label != ENTITY:
            tokens.append(label)
            items.append(item)
            continue
        node = sentence.nodes[item]
        members = sentence.members[node]
        skip_to = members[-1]
        if node in seen:
            continue
        seen.add(node)
        nodes.append((len(tokens), {sentence.entities[m][0] for m in members}))
        tokens.append("O")
        items.append(item)
    return tokens, items, nodes


def features(reading: Reading, passage: Passage) -> list[str]:
    """Every feature that holds of the passage (a set, as a sorted-by-construction list)."""
    return _named().of(reading, passage)


@cache
def _named() -> "Features[str]":
    return Features(lambda name: name)


class _Group(dict[tuple[object, ...], tuple[T, ...]]):
    """Values by what a group of features depends on, those of the names that have any."""

    def __init__(
        self, names: Callable[..., Iterable[str]], value: Callable[[str], T | None]
    ) -> None:
        super().__init__()
        self._names, self._value = names, value

    def __missing__(self, key: tuple[object, ...]) -> tuple[T, ...]:
        values = map(self._value, self._names(*key))
        made = tuple(v for v in values if v is not None)
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[key] = made
        return made


class _Grams(dict[tuple[str, ...], tuple[T | None, ...]]):
    """Values of the pieces of two to four classes that begin a stretch of them, the shortest first."""

    def __init__(self, place: str, value: Callable[[str], T | None]) -> None:
        super().__init__()
        self._place, self._value = place, value

    def __missing__(self, words: tuple[str, ...]) -> tuple[T | None, ...]:
        sizes = range(2, len(words) + 1)
        made = tuple(
            self._value(f"{self._place}{size}:" + " ".join(words[:size])) for size in sizes
        )
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[words] = made
        return made


class Features(Generic[T]):
    """Passages as what stands for their features.

    Args:
        value: of the name of a feature; None where nothing stands for it.
    """

    def __init__(self, value: Callable[[str], T | None]) -> None:
        self._value = value
        self._frames = _Group(_frame_names, value)
        self._sides = _Group(_side_names, value)
        self._named = _Group(_same_end_names, value)
        self._ends = _Group(_end_names, value)
        self._plain = _Group(lambda event: (f"plainly={event}",), value)
        self._cues = _Group(_cue_names, value)
        self._two = _Group(lambda prefix, one, other: (f"{prefix}{one}+{other}",), value)
        self._between = _Group(_between_names, value)
        self._grams = {
            prefix + place: _Grams(prefix + place, value)
            for prefix, places in (("", "mlr"), ("c/", "s"), ("f/", "s"))
            for place in places
        }

    def of(self, reading: Reading, passage: Passage) -> list[T]:
        """The values for all features that hold of the passage, each once, always in the same order."""
        sentence, kind = passage.sentence, passage.kind
        tokens, items = skeleton(sentence, passage.left, passage.right)
        told = _told(sentence, kind == "same")
        x, y = _anchors(passage, tokens, items)
        parts = self._circumstances(reading, passage, tokens)
        short = told.short.copy()
        for at in told.nodes:
            short[at] = tokens[at]
        if kind == "same":
            parts += [self._plain[event,] for event in plainly(tokens)]
            parts += self._of_cues("", told, short, x, y)
            parts += self._around(short, x, y)
        else:
            prefix = kind[1] + "/"
            parts += self._of_cues(prefix, told, short, x, y)
            window = tuple([t for t in short if t != "w"][:30])
            parts.append(self._pieces(prefix + "s", window, 3))
        return list(dict.fromkeys(chain.from_iterable(parts)))

    def _circumstances(
        self, reading: Reading, passage: Passage, tokens: list[str]
    ) -> list[Iterable[T]]:
        kind, sentence, titles = passage.kind, passage.sentence, reading.titles
        left, right = passage.left, passage.right
        companies, topic, where = reading.companies, reading.topic, reading.where
        inside = len(sentence.inside)
        frame = self._frames[
            kind,
            "QUOTE" in tokens,
            "QUESTION" in tokens,
            bucket(len(companies)),
            bucket(inside),
            bucket(len(sentence.members)),
            passage.distance,
            sentence.number < titles,
        ]
        sides = self._sides[
            kind,
            companies[left].role == "source",
            left == topic,
            where[left][0] < titles,
            companies[right].role == "source",
            right == topic,
            where[right][0] < titles,
        ]
        if kind == "same":
            one, other = passage.items
            named = sentence.entities
            return [frame, sides, self._named[named[one][1], named[other][1]]]
        first = reading.rows[passage.antecedent][0].company == right
        opens = tokens[0] if tokens and tokens[0] in _REFERENCES else ""
        crowd = bucket(len(reading.named[passage.antecedent]))
        return [frame, sides, self._ends[kind, crowd, first, passage.distance, inside, opens]]

    def _of_cues(
        self, prefix: str, told: Telling, short: list[str], x: int, y: int
    ) -> list[Iterable[T]]:
        """Each cue with the companies on either side of it, then all two of them together."""
        low, high = (x, y) if x < y else (y, x)
        same_node = "n" if x == y else ""
        middle = "r" if prefix else "m" + same_node
        end = len(short) - 1
        parts: list[Iterable[T]] = []
        for at, label, left, right, left_clause, right_clause, preposition, passive in told.cues:
            if at > high:
                region, gap = "r" + same_node, at - high
            elif at < low:
                region, gap = "l" + same_node, low - at
            else:
                region, gap = middle, min(at - low, high - at)
            one = short[left] if left >= 0 else "-"
            other = short[right] if right >= 0 else "-"
            key = (
                prefix,
                label,
                region,
                "n" if gap <= 3 else "m" if gap <= 8 else "f",
                _BEHIND_CLAUSE[one] if left_clause else one,
                _BEHIND_CLAUSE[other] if right_clause else other,
                short[at - 1] if at else "^",
                short[at + 1] if at < end else "",
                preposition,
                passive,
            )
            parts.append(self._cues[key])
        concepts = told.concepts
        parts += [
            self._two[prefix, one, other]
            for i, one in enumerate(concepts)
            for other in concepts[i + 1 :]
        ]
        return parts

    def _around(self, short: list[str], x: int, y: int) -> list[Iterable[T]]:
        """What stands between the pair, before and after it."""
        low, high = (x, y) if x < y else (y, x)
        between = short[low + 1 : high]
        slim = [t for t in between if t != "w"]
        parts: list[Iterable[T]] = [self._between[bucket(len(between)), min(3, between.count("O"))]]
        if len(slim) <= _LONGEST_PATH:
            path = self._value(f"path{'<' if x > y else ''}=" + " ".join(slim))
            if path is not None:
                parts.append((path,))
        left, right = ("X", "Y") if x != y else ("XY", "XY")
        if x != y:
            parts.append(self._pieces("m", ("X", *slim[:12], "Y"), 4))
        before = [t for t in short[max(0, low - _WINDOW) : low] if t != "w"]
        after = [t for t in short[high + 1 : high + 1 + _WINDOW] if t != "w"]
        parts.append(self._pieces("l", (*before, left), 4))
        parts.append(self._pieces("r", (right, *after), 4))
        return parts

    def _pieces(self, place: str, window: tuple[str, ...], longest: int) -> list[T]:
        """All pieces of two to `longest` classes, the short ones first."""
        grams = self._grams[place]
        found = [grams[window[at : at + longest]] for at in range(len(window) - 1)]
        return [
            value
            for size in range(longest - 1)
            for pieces in found[: len(window) - 1 - size]
            if (value := pieces[size]) is not None
        ]


def _told(sentence: Sentence, same: bool) -> Telling:
    """The cues of a sentence and where their neighbours stand, whichever pair is judged.

    Where a passage does not name both companies, words such as "the group" may stand for one.
    """
    known = sentence.tellings.get(same)
    if known is not None:
        return known
    frame = sentence.frame
    if frame is None:
        frame = sentence.frame = _frame_of(sentence)
    tokens, _, named = frame
    nodes = [at for at, _ in named]
    anchors = set(nodes)
    if not same:
        tokens = ["REF" if t in _REFERENCES else t for t in tokens]
        anchors.update(at for at, label in enumerate(tokens) if label == "REF")
    count = len(tokens)
    lefts = _nearest(tokens, anchors, range(count))
    rights = _nearest(tokens, anchors, range(count - 1, -1, -1))
    cues: list[Cue] = []
    for at, label in enumerate(tokens):
        if label in _SILENT:
            continue
        after = tokens[at + 1] if at + 1 < count else ""
        (left, left_clause), (right, right_clause) = lefts[at], rights[at]
        passive = after == "BY" and "BE" in tokens[max(0, at - 3) : at]
        preposition = after if after in _PREPOSITIONS else ""
        cues.append((at, label, left, right, left_clause, right_clause, preposition, passive))
    concepts = sorted({concept(cue[1]) for cue in cues})[:_MOST_CONCEPTS]
    made = Telling([_short(t) for t in tokens], nodes, cues, concepts)
    sentence.tellings[same] = made
    return made


def _nearest(tokens: list[str], anchors: set[int], way: range) -> list[tuple[int, bool]]:
    """For each token the anchor met last on this way (-1 for none), and whether a clause begins after it."""
    out = [(-1, False)] * len(tokens)
    last = (-1, False)
    for at in way:
        out[at] = last
        if at in anchors:
            last = (at, False)
        elif last[0] >= 0 and tokens[at] in _CLAUSE:
            last = (last[0], True)
    return out


def _frame_names(
    kind: str,
    quote: bool,
    question: bool,
    companies: str,
    inside: str,
    nodes: str,
    distance: int,
    title: bool,
) -> list[str]:
    names = [
        "bias",
        *(["quote"] if quote else []),
        *(["question"] if question else []),
        f"kind={kind}",
        f"{kind}:companies={companies}",
        f"{kind}:inside={inside}",
        f"{kind}:nodes={nodes}",
        f"{kind}:distance={distance}",
    ]
    return [*names, "title", f"title:inside={inside}"] if title else names


def _side_names(kind: str, *facts: bool) -> Iterator[str]:
    """Of the left company, then the right: whether it is a source, the topic, in the title."""
    for side, (source, topic, title) in zip("lr", (facts[:3], facts[3:]), strict=True):
        if source:
            yield "source"
        if topic:
            yield f"{kind}:topic={side}"
        if title:
            yield f"{kind}:in-title={side}"


def _same_end_names(left: str, right: str) -> tuple[str, ...]:
    return f"l:{left}", f"r:{right}"


def _end_names(
    kind: str, crowd: str, first: bool, distance: int, inside: int, opens: str
) -> list[str]:
    names = [
        f"{kind}:crowd={crowd}",
        f"{kind}:first={first}",
        f"{kind}:first={first}:d={distance}:inside={inside}",
    ]
    return [*names, f"{kind}:opens={opens}"] if opens else names


def _cue_names(
    prefix: str,
    label: str,
    region: str,
    near: str,
    left: str,
    right: str,
    before: str,
    after: str,
    preposition: str,
    passive: bool,
) -> Iterator[str]:
    name, bound = concept(label), left + right
    yield f"{prefix}{name}"
    yield f"{prefix}{label}|{region}"
    yield f"{prefix}{name}|{region}{near}"
    yield f"{prefix}{label}|{region}|{bound}"
    yield f"{prefix}{name}|{bound}"
    yield f"{prefix}{label}|{region}|{before}_{after}"
    if preposition:
        yield f"{prefix}{label}|{bound}|{preposition}"
    if passive:
        yield f"{prefix}{label}|{bound}|passive"


def _between_names(size: str, others: int) -> tuple[str, ...]:
    return f"same:between={size}", f"same:others={others}"


def _anchors(passage: Passage, tokens: list[str], items: list[int]) -> tuple[int, int]:
    """Positions of the two companies among the tokens; past the ends where they are not named."""
    if passage.kind == "after":
        return -1, len(tokens)
    xs = [i for i, t in enumerate(tokens) if t in ("X", "XY")]
    if passage.kind == "across":
        return (xs[0] if xs else -1), len(tokens)
    ys = [i for i, t in enumerate(tokens) if t in ("Y", "XY")]
    best = (xs[0], ys[0])
    for x in xs:
        for y in ys:
            if abs(x - y) < abs(best[0] - best[1]) or (
                abs(x - y) == abs(best[0] - best[1]) and x < y and best[0] > best[1]
            ):
                best = (x, y)
    return best


@lru_cache(maxsize=4096)
def _short(label: str) -> str:
    return "w" if label in _PLAIN else concept(label)
