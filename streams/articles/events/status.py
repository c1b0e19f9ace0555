"""The status of an event: what its sentence says of time, doubt, denial and ending.

A cue that is itself negated ("does not supply", "n'a aucun contrat") is a denial by rule; the rest is
learned from the features here.
"""

from streams.articles.events.cues import CONCEPTS, concept
from streams.articles.events.sequence import anchors
from streams.messages import EventType

_TELLING = (
    "END NEG NOLONGER DENY MAY HEARSAY TALKS PLAN FORMER ACCORDING ANNOUNCE LAUNCH SIGN HAVE BE "
    "GET DATE YEAR WHEN QUESTION WIN COMPLETE BUT"
)
_TELLING_CLASSES = frozenset(_TELLING.split())
_VAGUE = frozenset(["AGAINST", "RANK", "USE"])
_STOPS = frozenset(
    ["BUT", "RELATIVE", "WHEN", "BECAUSE", "BREAK", "COLON", "DASH", "QUOTE", "STOP", "COMMA"]
)
_NEGATION_REACH = 5
_FRENCH_NEGATION = 2


def status_features(sequence: list[str], event: str) -> list[str]:
    """Features of a passage's tokens (see `sequence.tokens`) for an event of this type."""
    labels = [concept(token) for token in sequence]
    found: dict[str, None] = {f"s:type={event}": None}
    x, y = anchors(sequence)
    low, high = min(x, y), max(x, y)
    for at, label in enumerate(labels):
        following = labels[at + 1 : at + 3]
        found[f"s:{label}"] = None
        if following:
            found[f"s:{label} {following[0]}"] = None
        if label not in _TELLING_CLASSES:
            continue
        region = "l" if at < low else "r" if at > high else "m"
        found[f"s:{region}|{label}"] = None
        if len(following) == 2:
            found[f"s:{label} _ {following[1]}"] = None
            found[f"s:{label} {following[0]} {following[1]}"] = None
    return list(found)


def negated(sequence: list[str], event: EventType, lang: str) -> bool:
    """Whether the cue that tells an event within one sentence is itself negated.

    French negates with two words around the verb, English with one before it.
    """
    labels = [concept(token) for token in sequence]
    low, high = sorted(anchors(sequence))
    cues = [at for at, label in enumerate(labels) if label in CONCEPTS[event] - _VAGUE]
    if not cues or sequence[0] not in ("<S>", "<T>"):
        return False
    between = [at for at in cues if low < at < high]
    cue = between[0] if between else min(cues, key=lambda at: min(abs(at - low), abs(at - high)))
    count = 0
    for at in range(cue - 1, max(-1, cue - _NEGATION_REACH), -1):
        if labels[at] in _STOPS and at != cue - 1:
            break
        count += labels[at] == "NEG"
    if lang != "fr":
        return count >= 1
    return count + (labels[cue + 1 : cue + 2] == ["NEG"]) >= _FRENCH_NEGATION
