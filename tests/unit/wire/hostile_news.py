"""News whose every word is hostile, and what a worker counts of it."""

import random
from typing import get_args

from streams.articles.rejection import Reason
from streams.messages import (
    SUBTYPES,
    ArticleReference,
    Company,
    Enriched,
    Event,
    Evidence,
    Novelty,
    Participant,
    Status,
    Version,
)
from streams.relations.relate import Outcome
from streams.relations.state import PairState
from streams.wire.meter import ERRORS, Meter
from streams.wire.outputs import Output

VERSION = Version(program="1", registry="r", model="m")
HOSTILE = ('"', "\\", "\n", '{x="y"} 1', "\x00", "日本", "a" * 500, "\u202e")
_WATCHED = [f"c{number}" for number in range(50)]
WATCHED = {
    "watch_companies": ",".join(_WATCHED),
    "watch_pairs": ",".join(f"{id}~d" for id in _WATCHED),
}


def event(number: int, chance: random.Random) -> Event:
    type_ = chance.choice(list(SUBTYPES))
    a, b = sorted((f"company-{number}", chance.choice(("microsoft", "openai", *HOSTILE))))
    return Event(
        event_id=f"e{number}",
        type=type_,
        subtype=chance.choice(SUBTYPES[type_]),
        status=chance.choice(get_args(Status)),
        participants=(
            Participant(id=a, name=a, role="competitor"),
            Participant(id=b, name=b, role="partner"),
        ),
        pair=chance.choice(("microsoft~openai", f"{a}~{b}")),
        confidence=chance.random(),
        evidence=Evidence(field="body", start=0, end=1, text="x", cues=()),
        article=ArticleReference(
            id=f"a{number}",
            title=chance.choice(HOSTILE),
            lang=chance.choice(("en", "fr", "de", *HOSTILE)),
            published_at="2024-05-08T06:30:00Z",
        ),
        detected_at="2024-05-08T06:30:00Z",
        version=VERSION,
        novelty=Novelty(
            story_id="s", rank=number % 3, first_seen="2024-05-08T06:30:00Z", sources=1
        ),
        retracted=chance.random() < 0.1,
    )


def article(number: int, chance: random.Random) -> Enriched:
    return Enriched(
        article_id=f"a{number}",
        title=chance.choice(HOSTILE),
        body="",
        lang=chance.choice(("en", "fr", "und", *HOSTILE)),
        source=chance.choice(HOSTILE),
        published_at="2024-05-08T06:30:00Z",
        processed_at="2024-05-08T06:30:00Z",
        content_hash=f"h{number}",
        version=VERSION,
        companies=tuple(
            Company(
                id=id, name=id, known=chance.random() < 0.5, salience=0.5, role="actor", mentions=()
            )
            for id in (f"company-{number}", chance.choice(("google", *HOSTILE)))
        ),
        events=(),
    )


def count(meter: Meter, articles: int) -> None:
    """Count so many articles with all that comes of them."""
    chance = random.Random(7)
    state = PairState(pair="a~b")
    # Building messages costs far more than counting them, so each serves ten times.
    messages = [(article(n, chance), event(n, chance)) for n in range(10_000)]
    for number in range(articles):
        told, found = messages[number % len(messages)]
        meter.article("news.articles.raw", b"x" * (number % 5_000))
        meter.enriched(told, "new")
        meter.related(Outcome(state, events=(found,)), {"message": f"t/0/{number}"})
        meter.rejected(chance.choice(list(Reason)).value)
        meter.retried(chance.choice(HOSTILE + tuple(ERRORS)))
        meter.outputs((Output("news.relations", b"k", b"v"),))
