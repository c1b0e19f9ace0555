"""The sentence an event rests on, with exact offsets and the words that tell it."""

from streams.articles.events.candidates import Passage, Reading
from streams.articles.events.cues import CONCEPTS, concept
from streams.messages import EventType, Evidence

MAX_CUES = 6


def evidence(reading: Reading, passage: Passage, event: EventType) -> Evidence:
    """The passage's sentence and its cues for this type of event."""
    sentence = passage.sentence
    field = reading.document.field(sentence.field)
    start, end = field.span(sentence.first, sentence.last - 1)
    concepts = CONCEPTS[event]
    cues: dict[str, None] = {}
    for label, first, last in zip(sentence.labels, sentence.words, sentence.ends, strict=True):
        if concept(label) in concepts:
            a, b = field.span(first, last)
            cues[field.text[a:b]] = None
    return Evidence(
        field=sentence.field,
        start=start,
        end=end,
        text=field.text[start:end],
        cues=tuple(cues)[:MAX_CUES],
    )
