"""Which part each company plays: from the frame of the cue that tells the event.

A frame says for a class of cues which role its subject and its other party have; a passive or a cue with
the other preposition turns them round.
"""

from streams.messages import EventType, ParticipantRole, Subtype

_PAIRED: dict[str, tuple[ParticipantRole, ParticipantRole]] = {
    "legal_dispute": ("plaintiff", "defendant"),
    "investment": ("investor", "investee"),
    "supply": ("supplier", "customer"),
    "licensing": ("licensor", "licensee"),
    "distribution": ("producer", "distributor"),
    "product_rivalry": ("challenger", "incumbent"),
    "market_share": ("challenger", "incumbent"),
}
_SAME: dict[str, ParticipantRole] = {
    "bidding": "bidder",
    "joint_venture": "venturer",
    "alliance": "partner",
    "integration": "partner",
    "rivalry": "competitor",
    "talent": "competitor",
}
# Classes of cues whose subject has the second role of the pair (the customer orders, the licensee uses).
_REVERSED = {
    "supply": (
        "ORDER",
        "SELECT",
        "USE",
        "OUTSOURCE",
        "LEASE",
        "CUSTOMER.n+OF",
        "SUPPLIER.n+POSSESSIVE",
    ),
    "investment": ("ROUND",),
    "distribution": ("DISTRIBUTE",),
    "licensing": (),
    "legal_dispute": (),
    "product_rivalry": ("BEAT",),
    "market_share": ("RANK",),
}


def roles(
    event: EventType, subtype: Subtype, tokens: list[str]
) -> tuple[ParticipantRole, ParticipantRole]:
    """Roles of the left and the right company of a passage, whose tokens hold `X` and `Y`."""
    if subtype in _SAME:
        role = _SAME[subtype]
        return role, role
    if subtype == "other":
        if any(token.startswith("SPONSOR") for token in tokens):
            return _directed(("sponsor", "sponsored"), tokens, ())
        return "partner", "partner"
    if subtype in _PAIRED:
        return _directed(_PAIRED[subtype], tokens, _REVERSED[subtype])
    return ("partner", "partner") if event == "partnership" else ("competitor", "competitor")


def _directed(
    pair: tuple[ParticipantRole, ParticipantRole], tokens: list[str], reversing: tuple[str, ...]
) -> tuple[ParticipantRole, ParticipantRole]:
    x = tokens.index("X") if "X" in tokens else -1
    y = tokens.index("Y") if "Y" in tokens else len(tokens)
    low, high = min(x, y), max(x, y)
    between = tokens[low + 1 : high]
    turned = x > y
    concepts = {token.partition(".")[0] for token in between}
    if concepts & set(reversing):
        turned = not turned
    if "BY" in between or (between and between[-1] == "FROM"):
        turned = not turned
    return (pair[1], pair[0]) if turned else pair
