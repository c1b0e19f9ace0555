"""The sentence an event rests on, with exact offsets and the words that tell it."""

from streams.articles.events.candidates import Passage, Reading
from streams.messages import EventType, Evidence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_CUES = 6
CONCEPTS: dict[EventType, frozenset[str]] = {
    "competition": _words(
        "COMPETE RIVAL RIVALRY COMPETITIVE CHALLENGE FIGHT BEAT RANK SHARE SUE SUIT COURT POACH "
        "BID UNDERCUT ALTERNATIVE REPLACE THREAT AGAINST FILE"
    ),
    "partnership": _words(
        "PARTNER PARTNERSHIP JOINT VENTURE DEAL CONTRACT SIGN SUPPLY SUPPLIER CUSTOMER ORDER "
        "SELECT WIN USE OUTSOURCE LEASE LICENCE DISTRIBUTE INTEGRATE SUPPORT INVEST STAKE ROUND "
        "SPONSOR SERVE"
    ),
}


def evidence(reading: Reading, passage: Passage, event: EventType) -> Evidence:
    """The passage's sentence and its cues for this type of event."""
    sentence = passage.sentence
    field = reading.document.field(sentence.field)
    start, end = field.span(sentence.first, sentence.last - 1)
    concepts = CONCEPTS[event]
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
