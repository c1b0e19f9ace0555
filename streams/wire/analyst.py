"""The analyst that a process works with: registry, models and limits, loaded once."""

from streams.wire import single_thread  # isort: skip  # noqa: F401 - before numpy is imported
from dataclasses import replace

import msgspec

from streams import __version__
from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.encoder.encoder import Encoder
from streams.articles.enrich import Analyst
from streams.articles.events.detector import EventDetector
from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.messages import EventType, Version
from streams.wire.settings import Settings


def load(settings: Settings) -> Analyst:
    """The analyst of these settings; a second or less."""
    companies = registry.load()
    thresholds: dict[EventType, float] = {}
    if settings.competition_threshold:
        thresholds["competition"] = settings.competition_threshold
    if settings.partnership_threshold:
        thresholds["partnership"] = settings.partnership_threshold
    detector = EventDetector(thresholds=thresholds)
    encoder = Encoder.load() if settings.reader == "thorough" else None
    model = detector.version if encoder is None else f"{detector.version}+{encoder.version}"
    return Analyst(
        finder=CompanyFinder(
            companies, TaggerModel.load(), names=None if encoder is None else encoder.names
        ),
        detector=detector,
        version=Version(program=__version__, registry=companies.version, model=model),
        limits=limits(settings),
        encoder=encoder,
    )


def with_registry(analyst: Analyst, companies: registry.Registry) -> Analyst:
    """The same analyst with another registry; a hundredth of a second."""
    finder = analyst.finder
    if not isinstance(finder, CompanyFinder):
        raise TypeError("the finder has no registry")
    return replace(
        analyst,
        finder=finder.with_registry(companies),
        version=msgspec.structs.replace(analyst.version, registry=companies.version),
    )


def registry_of(analyst: Analyst) -> registry.Registry:
    """The registry that an analyst works with."""
    finder = analyst.finder
    if not isinstance(finder, CompanyFinder):
        raise TypeError("the finder has no registry")
    return finder.registry


def limits(settings: Settings) -> Limits:
    """Bounds of one article under these settings."""
    return replace(DEFAULT_LIMITS, article_bytes=settings.max_article_bytes)
