"""A passage as the network reads it: classes with the pair marked, and its circumstances.

Words outside the lexicon are one class, companies are `X`, `Y` (the pair) and `O` (others), marked
`n` for a naming and `p` for a product. A passage across sentences begins with the words around the
company that the sentence itself does not name.
"""

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.cues import plainly
from streams.articles.events.features import skeleton
from streams.articles.events.reading import Sentence

MAX_TOKENS = 65
_BEFORE = 22
_ANTECEDENT = 20
_BOTH = "XY"
_LEFT = frozenset(["Xn", "Xp", _BOTH])
_RIGHT = frozenset(["Yn", "Yp", _BOTH])
_PAIR = _LEFT | _RIGHT


def tokens(reading: Reading, passage: Passage) -> list[str]:
    """The classes of the passage in order; the first tells what kind of passage it is."""
    current = _marked(passage.sentence, passage)
    if passage.kind == "same":
        first = next(at for at, token in enumerate(current) if token in _PAIR)
        low = max(0, first - _BEFORE)
        opening = "<T>" if passage.sentence.number < reading.titles else "<S>"
        return [opening, *current[low : low + MAX_TOKENS - 1]]
    before = _marked(reading.sentence(passage.antecedent), passage)
    named = [at for at, token in enumerate(before) if token in _PAIR]
    low = max(0, (named[-1] if named else 0) - 8)
    opening = f"<{passage.kind[1]}{min(passage.distance, 6)}>"
    return [
        opening,
        *before[low : low + _ANTECEDENT],
        "<P>",
        *current[: MAX_TOKENS - 2 - _ANTECEDENT],
    ][:MAX_TOKENS]


def anchors(sequence: list[str]) -> tuple[int, int]:
    """Positions of the pair: the nearest two where both are named, else the one that is."""
    lefts = [at for at, token in enumerate(sequence) if token in _LEFT]
    rights = [at for at, token in enumerate(sequence) if token in _RIGHT]
    if lefts and rights:
        return min(((x, y) for x in lefts for y in rights), key=lambda p: abs(p[0] - p[1]))
    x = lefts[0] if lefts else (rights[0] if rights else 0)
    return x, (rights[0] if rights else x)


def circumstances(reading: Reading, passage: Passage) -> list[float]:
    """Numbers about the passage: kind, distance, place in the article, salience of the pair."""
    sentence = passage.sentence
    number = sentence.number
    left, right = passage.left, passage.right
    inside = {company for company, _ in sentence.entities.values()}
    across = passage.kind != "same"
    companies = len(reading.companies)
    counts = reading.counts
    row = reading.rows[number]
    plain = plainly(skeleton(sentence, left, right)[0]) if not across else []
    values = [
        not across,
        "competition" in plain,
        "partnership" in plain,
        passage.kind == "across",
        passage.kind == "after",
        number < reading.titles,
        left == reading.topic,
        right == reading.topic,
        reading.companies[left].role == "source",
        reading.companies[right].role == "source",
        min(companies, 12) / 6,
        min(len(inside), 8) / 4,
        reading.where[left][0] < reading.titles,
        reading.where[right][0] < reading.titles,
        min(counts[left], 6) / 3,
        min(counts[right], 6) / 3,
        *(passage.distance == far for far in range(1, 7)),
        *_antecedent(reading, passage),
        reading.first == right,
        reading.first == left,
        reading.first_in_body == right,
        reading.first_in_body == left,
        counts[right] / reading.mentions,
        counts[left] / reading.mentions,
        len(inside) == 2,
        len(inside) == 1,
        companies == 2,
        companies == 3,
        bool(row) and row[0].company == left,
        bool(row) and row[0].company == right,
        across and passage.antecedent > number,
        across and passage.antecedent < reading.titles,
    ]
    return [float(value) for value in values]


def _antecedent(reading: Reading, passage: Passage) -> list[float]:
    """Whether the company named before is the obvious one to be meant."""
    if passage.kind == "same":
        return [0.0, 0.0, 0.0, 0.0]
    row = reading.rows[passage.antecedent]
    number = passage.sentence.number
    values = [float(row[0].company == passage.right), min(len({p.company for p in row}), 5) / 3]
    earlier = [n for n in reading.where[passage.right] if n < number]
    if not earlier:
        return [*values, 0.0, 0.0]
    later = {p.company for n in range(earlier[-1], number) for p in reading.rows[n]}
    later.discard(passage.right)
    return [*values, min(len(later), 5) / 3, float(not later - {passage.left})]


def _marked(sentence: Sentence, passage: Passage) -> list[str]:
    names, items = skeleton(sentence, passage.left, passage.right)
    return [
        name + sentence.entities[item][1][0] if name in ("X", "Y", "O") else name
        for name, item in zip(names, items, strict=True)
    ]
