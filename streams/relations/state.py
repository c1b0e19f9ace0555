"""What is remembered of a pair: what each article says of it, in its latest revision."""

import msgspec

from streams.messages import Event, Feedback, Relation, Shift, StoryMark


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one revision of an article says of the pair, and what an older one said and it no longer does."""

    revision: str
    event_time: str
    source: str | None = None
    story: StoryMark | None = None
    events: tuple[Event, ...] = ()
    retracted: tuple[Event, ...] = ()
    shift: Shift | None = None


class PairState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """State of a pair: contributions by article id, verdicts of readers by event id, the relation now."""

    contributions: dict[str, Contribution]
    relation: Relation | None = None
    verdicts: dict[str, Feedback] = {}
