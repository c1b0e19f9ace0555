"""Which part each company plays: from the frame of the cue that tells the event.

A frame says which role the subject of a cue has: who supplies is the supplier, who orders the
customer. A passive, a possessive ("its supplier") or the other preposition turns the roles round.
"""

from streams.messages import EventType, ParticipantRole, Subtype

Roles = tuple[ParticipantRole, ParticipantRole]

_DIRECTED: dict[str, Roles] = {
    "legal_dispute": ("plaintiff", "defendant"),
    "investment": ("investor", "investee"),
    "supply": ("supplier", "customer"),
    "licensing": ("licensor", "licensee"),
    "distribution": ("producer", "distributor"),
    "product_rivalry": ("challenger", "incumbent"),
    "market_share": ("challenger", "incumbent"),
}
_ALIKE: dict[str, ParticipantRole] = {
    "bidding": "bidder",
    "joint_venture": "venturer",
    "alliance": "partner",
    "integration": "partner",
    "rivalry": "competitor",
    "talent": "competitor",
}
_SPONSORING: Roles = ("sponsor", "sponsored")
# Concepts whose subject has the second role, by subtype, and nouns whose owner is the other party.
_TURNING: dict[str, frozenset[str]] = {
    "supply": frozenset(["ORDER", "SELECT", "USE", "OUTSOURCE", "LEASE"]),
    "investment": frozenset(["ROUND"]),
    "distribution": frozenset(["DISTRIBUTE"]),
    "licensing": frozenset(["UNDER", "WIN"]),
}
_FORWARD: dict[str, frozenset[str]] = {
    "supply": frozenset(["SUPPLY", "WIN", "SERVE", "CONTRACT"]),
    "investment": frozenset(["INVEST", "STAKE", "LEAD"]),
    "distribution": frozenset(),
    "licensing": frozenset(["LICENCE"]),
}
_SECOND_NOUN = "CUSTOMER"
_FIRST_NOUN = "SUPPLIER"


def roles(event: EventType, subtype: Subtype, tokens: list[str]) -> Roles:
    """Roles of the left and the right company of a passage, whose tokens hold `X` and `Y`."""
    if subtype == "other" and "SPONSOR.n" in tokens:
        return _turn(_SPONSORING, _turned("other", tokens))
    if subtype in _DIRECTED:
        return _turn(_DIRECTED[subtype], _turned(subtype, tokens))
    role: ParticipantRole = "partner" if event == "partnership" else "competitor"
    role = _ALIKE.get(subtype, role)
    return role, role


def _turn(pair: Roles, turned: bool) -> Roles:
    return (pair[1], pair[0]) if turned else pair


def _turned(subtype: str, tokens: list[str]) -> bool:
    """Whether the left company has the second role."""
    if "X" not in tokens or "Y" not in tokens:
        return False
    x, y = tokens.index("X"), tokens.index("Y")
    low, high = min(x, y), max(x, y)
    concepts = [token.partition(".")[0] for token in tokens]
    between = concepts[low + 1 : high]
    turned = x > y
    if subtype == "supply":
        noun = _noun(concepts, low, high)
        if noun is not None:
            return turned != noun
    cue = next((c for c in between if c in _TURNING.get(subtype, ())), None)
    first = next((c for c in between if c in _FORWARD.get(subtype, ())), None)
    turning = cue is not None and (first is None or between.index(cue) < between.index(first))
    if turning or (between and between[-1] == "FROM"):
        turned = not turned
    if "BY" in between[-2:]:
        turned = not turned
    return turned


def _noun(concepts: list[str], low: int, high: int) -> bool | None:
    """Whether a noun ("its supplier Y", "customers of X include Y") makes the left the customer."""
    for at in range(max(0, low - 3), min(len(concepts), high + 4)):
        word = concepts[at]
        if word not in (_SECOND_NOUN, _FIRST_NOUN):
            continue
        owned = "POSSESSIVE" in concepts[max(0, at - 2) : at]
        of_left = at < low or (at < high and concepts[at - 1 : at] == ["OF"] and at - 2 == low)
        left_is_noun = not (owned or of_left)
        return left_is_noun == (word == _SECOND_NOUN)
    return None
