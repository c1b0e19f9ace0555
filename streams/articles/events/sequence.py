"""A passage as classes of words with the pair marked, for what is told of its status.

Words outside the lexicon are one class, companies are `X`, `Y` (the pair) and `O` (others), marked
`n` for a naming and `p` for a product. A passage across sentences begins with the words around the
company that the sentence itself does not name.
"""

from streams.articles.events.candidates import Passage, Reading
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


def _marked(sentence: Sentence, passage: Passage) -> list[str]:
    names, items = skeleton(sentence, passage.left, passage.right)
    return [
        name + sentence.entities[item][1][0] if name in ("X", "Y", "O") else name
        for name, item in zip(names, items, strict=True)
    ]
