"""Whether this version, with these settings, would reject a message again."""

from dataclasses import replace
from functools import cache

from streams.articles.enrich import Analyst, read
from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.articles.rejection import Reason, Rejection
from streams.commands.rejected.letters import Letter
from streams.wire.settings import Settings

# Topics whose messages go back to where they came from; all else is an article.
OTHER_TOPICS = ("detections", "feedback", "feedback.rekeyed", "companies")


def home(letter: Letter) -> str:
    """The topic, without prefix, that a message is to be sent to: where it came from, or `articles.raw`."""
    topic = letter.record.topic
    return next((name for name in OTHER_TOPICS if topic.endswith("." + name)), "articles.raw")


def would_be_rejected(letter: Letter, settings: Settings) -> Rejection | None:
    """The rejection that the message would meet; None where it would be taken, or nobody can tell."""
    if home(letter) != "articles.raw":
        return None
    try:
        if letter.record.reason != Reason.INTERNAL_ERROR:
            read(letter.value, _limits(settings))
        else:
            _analyse(letter.value, settings)
    except Rejection as rejection:
        return rejection
    return None


def _limits(settings: Settings) -> Limits:
    return replace(DEFAULT_LIMITS, article_bytes=settings.max_article_bytes)


def _analyse(value: bytes | None, settings: Settings) -> None:
    from streams.wire.clock import now

    try:
        _analyst(settings).enrich(value, now())
    except Rejection:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was that the worker met
        raise Rejection(
            Reason.INTERNAL_ERROR, "analysis", f"The program fails on it ({type(error).__name__})."
        ) from None


@cache
def _analyst(settings: Settings) -> Analyst:
    from streams.wire import analyst

    return analyst.load(settings)
