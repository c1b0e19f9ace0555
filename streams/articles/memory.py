"""What is remembered of an article, so that corrections and withdrawals take back what it said before."""

import msgspec

from streams.articles.identity import digest
from streams.messages import Detection, Enriched, StoryMark

MOST_PAIRS = 500


class ArticleState(msgspec.Struct, frozen=True, kw_only=True):
    """The latest revision of an article, and all pairs that any revision of it spoke of."""

    revision: str
    pairs: tuple[str, ...]


def revision(event_time: str, timestamp_ms: int, content_hash: str) -> str:
    """Sorts the revisions of an article: by publication, then arrival at the broker, then content."""
    return f"{event_time}|{timestamp_ms:015d}|{content_hash}"


def remember(
    state: ArticleState | None, enriched: Enriched, timestamp_ms: int, event_time: str
) -> tuple[ArticleState, tuple[Detection, ...]]:
    """State after one revision, and what it says of each pair that any revision spoke of.

    An older revision changes nothing and says nothing; the same one again says the same again.
    """
    now = revision(event_time, timestamp_ms, enriched.content_hash)
    if state is not None and state.revision > now:
        return state, ()
    found: dict[str, list[int]] = {}
    for index, event in enumerate(enriched.events):
        found.setdefault(event.pair, []).append(index)
    pairs = tuple(dict.fromkeys((*(state.pairs if state else ()), *found)))[:MOST_PAIRS]
    story = _story_mark(enriched) if pairs else None
    detections = tuple(
        Detection(
            pair=pair,
            article_id=enriched.article_id,
            revision=now,
            event_time=event_time,
            source=enriched.source,
            story=story,
            events=tuple(enriched.events[i] for i in found.get(pair, ())),
        )
        for pair in pairs
    )
    return ArticleState(revision=now, pairs=pairs), detections


def _story_mark(enriched: Enriched) -> StoryMark:
    return StoryMark(content=digest("story", enriched.title, enriched.body))
