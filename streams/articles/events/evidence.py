"""The sentence an event rests on, with exact offsets and the words that tell it."""

from streams.articles.events.candidates import Passage, Reading
from streams.messages import EventType, Evidence

MAX_CUES = 6
_COMPETITION = frozenset(
    [
        "COMPETE",
        "RIVAL",
        "RIVALRY",
        "COMPETITIVE",
        "CHALLENGE",
        "FIGHT",
        "BEAT",
        "RANK",
        "SHARE",
        "SUE",
        "SUIT",
        "COURT",
        "POACH",
        "BID",
        "UNDERCUT",
        "ALTERNATIVE",
        "REPLACE",
        "THREAT",
        "AGAINST",
    ]
)
_PARTNERSHIP = frozenset(
    [
        "PARTNER",
        "PARTNERSHIP",
        "JOINT",
        "VENTURE",
        "DEAL",
        "CONTRACT",
        "SIGN",
        "SUPPLY",
        "SUPPLIER",
        "CUSTOMER",
        "ORDER",
        "SELECT",
        "WIN",
        "USE",
        "OUTSOURCE",
        "LEASE",
        "LICENCE",
        "DISTRIBUTE",
        "INTEGRATE",
        "SUPPORT",
        "INVEST",
        "STAKE",
        "ROUND",
        "SPONSOR",
        "SERVE",
    ]
)
_STRONG = {"competition": _COMPETITION, "partnership": _PARTNERSHIP}


def evidence(reading: Reading, passage: Passage, event: EventType) -> Evidence:
    """The passage's sentence and its cues for this type of event."""
    sentence = passage.sentence
    field = reading.document.field(sentence.field)
    start, end = field.span(sentence.first, sentence.last - 1)
    concepts = _STRONG[event]
    cues: dict[str, None] = {}
    for label, first, last in zip(sentence.labels, sentence.words, sentence.ends, strict=True):
        if label.partition(".")[0] in concepts:
            a, b = field.span(first, last)
            cues[field.text[a:b]] = None
    return Evidence(
        field=sentence.field,
        start=start,
        end=end,
        text=field.text[start:end],
        cues=tuple(cues)[:MAX_CUES],
    )
