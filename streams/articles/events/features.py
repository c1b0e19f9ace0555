"""Named features of a passage for a pair: cues bound to arguments, and the skeleton.

The left company of the pair is `X`, the right one `Y`, other companies are `O`; a node that holds
both is `XY`. A cue is described by its class and by the nodes on either side of it, so that a cue
that belongs to another pair of the sentence speaks for that pair and not for this one.
"""

from functools import lru_cache

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.cues import concept, plainly
from streams.articles.events.reading import ENTITY, Frame, Sentence


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
_ANCHORS = _NODES | {"REF"}
_PREPOSITIONS = _words("WITH TO OF BY AGAINST FROM IN FOR ON AT UNDER THAN BETWEEN AMONG SUCHAS AS")
_WINDOW = 5


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
    tokens, items = skeleton(passage.sentence, passage.left, passage.right)
    found: dict[str, None] = {}
    _frame(found, reading, passage, tokens)
    x, y = _anchors(passage, tokens, items)
    if passage.kind == "same":
        for event in plainly(tokens):
            found[f"plainly={event}"] = None
    else:
        tokens = ["REF" if t in _REFERENCES else t for t in tokens]
    _cues(found, passage.kind, tokens, x, y)
    _ngrams(found, passage.kind, tokens, x, y)
    return list(found)


def _frame(found: dict[str, None], reading: Reading, passage: Passage, tokens: list[str]) -> None:
    kind = passage.kind
    sentence = passage.sentence
    inside = {c for c, _ in sentence.entities.values()}
    found["bias"] = None
    for mark in ("QUOTE", "QUESTION"):
        if mark in tokens:
            found[mark.lower()] = None
    found[f"kind={kind}"] = None
    found[f"{kind}:companies={bucket(len(reading.companies))}"] = None
    found[f"{kind}:inside={bucket(len(inside))}"] = None
    found[f"{kind}:nodes={bucket(len(sentence.members))}"] = None
    found[f"{kind}:distance={passage.distance}"] = None
    if sentence.number < reading.titles:
        found["title"] = None
        found[f"title:inside={bucket(len(inside))}"] = None
    for company in (passage.left, passage.right):
        if reading.companies[company].role == "source":
            found["source"] = None
        if company == reading.topic:
            found[f"{kind}:topic={'l' if company == passage.left else 'r'}"] = None
        if reading.where[company][0] < reading.titles:
            found[f"{kind}:in-title={'l' if company == passage.left else 'r'}"] = None
    _ends(found, reading, passage, tokens)


def _ends(found: dict[str, None], reading: Reading, passage: Passage, tokens: list[str]) -> None:
    kind = passage.kind
    sentence = passage.sentence
    inside = {c for c, _ in sentence.entities.values()}
    if kind == "same":
        for side, item in zip("lr", passage.items, strict=True):
            found[f"{side}:{sentence.entities[item][1]}"] = None
    else:
        row = reading.rows[passage.antecedent]
        crowd = {p.company for p in row}
        found[f"{kind}:crowd={bucket(len(crowd))}"] = None
        first = row[0].company == passage.right
        found[f"{kind}:first={first}"] = None
        found[f"{kind}:first={first}:d={passage.distance}:inside={len(inside)}"] = None
        if tokens and tokens[0] in _REFERENCES:
            found[f"{kind}:opens={tokens[0]}"] = None


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


def _cues(found: dict[str, None], kind: str, tokens: list[str], x: int, y: int) -> None:
    low, high = min(x, y), max(x, y)
    nearest_left = _nearest(tokens)
    nearest_right = _nearest(tokens[::-1])[::-1]
    prefix = "" if kind == "same" else kind[1] + "/"
    same_node = "n" if x == y else ""
    seen_concepts: list[str] = []
    for at, label in enumerate(tokens):
        if label in _PLAIN or label in _GRAMMAR or label in _NODES or label == "REF":
            continue
        name = concept(label)
        region = "l" if at < low else "r" if at > high else "m"
        if kind != "same":
            region = "l" if at < x else "r"
        region += same_node
        left = nearest_left[at] or "-"
        right = nearest_right[at] or "-"
        after = tokens[at + 1] if at + 1 < len(tokens) else "."
        before = tokens[at - 1] if at else "^"
        gap = at - high if at > high else low - at if at < low else min(at - low, high - at)
        near = "n" if gap <= 3 else "m" if gap <= 8 else "f"
        bound = f"{left}{right}"
        seen_concepts.append(name)
        found[f"{prefix}{name}"] = None
        found[f"{prefix}{label}|{region}"] = None
        found[f"{prefix}{name}|{region}{near}"] = None
        found[f"{prefix}{label}|{region}|{bound}"] = None
        found[f"{prefix}{name}|{bound}"] = None
        found[f"{prefix}{label}|{region}|{_short(before)}_{_short(after)}"] = None
        if after in _PREPOSITIONS:
            found[f"{prefix}{label}|{bound}|{after}"] = None
        if "BE" in tokens[max(0, at - 3) : at] and after == "BY":
            found[f"{prefix}{label}|{bound}|passive"] = None
    for i, one in enumerate(sorted(set(seen_concepts))[:10]):
        for other in sorted(set(seen_concepts))[i + 1 : 10]:
            found[f"{prefix}{one}+{other}"] = None


@lru_cache(maxsize=4096)
def _short(label: str) -> str:
    return "w" if label in _PLAIN else concept(label)


def _nearest(tokens: list[str]) -> list[str]:
    """For each token the nearest company node before it, and whether a clause begins in between."""
    out: list[str] = []
    current = ""
    state = ""
    for token in tokens:
        out.append(state)
        if token in _ANCHORS:
            current = state = token
        elif current and token in _CLAUSE:
            state = current + "'"
    return out


def _ngrams(found: dict[str, None], kind: str, tokens: list[str], x: int, y: int) -> None:
    low, high = min(x, y), max(x, y)
    prefix = "" if kind == "same" else kind[1] + "/"
    flip = "<" if x > y else ""
    short = [_short(t) for t in tokens]
    if kind == "same":
        between = short[low + 1 : high]
        found[f"{kind}:between={bucket(len(between))}"] = None
        found[f"{kind}:others={min(3, between.count('O'))}"] = None
        slim = [t for t in between if t != "w"]
        if len(slim) <= 6:
            found[f"path{flip}=" + " ".join(slim)] = None
        windows = {
            "m": ["X", *slim[:12], "Y"] if x != y else ["XY"],
            "l": [t for t in short[max(0, low - _WINDOW) : low] if t != "w"] + ["X"],
            "r": ["Y"] + [t for t in short[high + 1 : high + 1 + _WINDOW] if t != "w"],
        }
        if x == y:
            windows["l"][-1] = windows["r"][0] = "XY"
    else:
        windows = {"s": [t for t in short if t != "w"][:30]}
    for place, window in windows.items():
        for size in (2, 3):
            for at in range(len(window) - size + 1):
                found[f"{prefix}{place}{size}:" + " ".join(window[at : at + size])] = None
        if place != "s" and len(window) >= 4:
            for at in range(len(window) - 3):
                found[f"{prefix}{place}4:" + " ".join(window[at : at + 4])] = None
