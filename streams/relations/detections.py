"""Detections as they come from the internal topic, to which others may write."""

import re

from streams.articles.identity import moment_of
from streams.messages import Detection, StoryMark

_ID = r"[^~\s]{1,200}"
_PAIR = re.compile(rf"{_ID}~{_ID}")
_MARK = re.compile(r"[0-9a-f]*")


def checked(detection: Detection) -> Detection:
    """The detection, as a worker would have written it.

    Raises:
        ValueError: where pair, times, story or participants are not what a worker writes; says which.
    """
    pair = detection.pair
    if not _PAIR.fullmatch(pair) or not pair.isprintable():
        raise ValueError("`pair` is not two company ids joined by ~")
    _check_time(detection.event_time, "event_time")
    if detection.story is not None:
        _check_story(detection.story)
    for event in detection.events:
        if event.pair != pair or [p.id for p in event.participants] != pair.split("~"):
            raise ValueError("an event is not of the pair")
        _check_time(event.detected_at, "detected_at")
        if event.article.published_at is not None:
            _check_time(event.article.published_at, "published_at")
    return detection


def _check_time(time: str, name: str) -> None:
    try:
        zone = moment_of(time).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise ValueError(f"`{name}` is not a time with its zone")


def _check_story(story: StoryMark) -> None:
    for name in ("content", "shingles", "words", "facts"):
        digits = getattr(story, name)
        if len(digits) % 2 or not _MARK.fullmatch(digits):
            raise ValueError(f"`{name}` of the story is not in hexadecimal digits")
