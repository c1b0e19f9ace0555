"""Features for the status of an event: what its sentence says of time, doubt, denial and ending."""

from streams.articles.events.sequence import anchors

_TELLING = (
    "END NEG NOLONGER DENY MAY HEARSAY TALKS PLAN FORMER ACCORDING ANNOUNCE LAUNCH SIGN HAVE BE "
    "GET DATE YEAR WHEN QUESTION WIN COMPLETE BUT"
)
_TELLING_CLASSES = frozenset(_TELLING.split())


def status_features(sequence: list[str], event: str) -> list[str]:
    """Features of a passage's tokens (see `sequence.tokens`) for an event of this type."""
    labels = [token.partition(".")[0] for token in sequence]
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
