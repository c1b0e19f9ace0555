"""The whole way of one article: bytes in, an enriched article out, or a rejection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.articles import identity
from streams.articles.decode import decode
from streams.articles.document import Document, cut
from streams.articles.encoder.reading import EncodedArticle
from streams.articles.events.detector import DetectedEvent, Judgement
from streams.articles.language import SUPPORTED, language
from streams.articles.limits import DEFAULT_LIMITS, Limits
from streams.articles.normalise import normalise
from streams.articles.rejection import Reason, Rejection
from streams.messages import (
    Article,
    ArticleReference,
    Company,
    Enriched,
    Event,
    Participant,
    Version,
)


class Finder(Protocol):
    """Finds the companies of a document."""

    def find(self, document: Document) -> list[Company]:
        """Companies by first mention."""


class Detector(Protocol):
    """Finds the events between the companies of a document."""

    def detect(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None,
    ) -> list[DetectedEvent]:
        """Events, at most one for each type, pair and status."""

    def explain(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None,
    ) -> list[Judgement]:
        """Every candidate pair, and what spoke for and against an event."""


class Opener(Protocol):
    """The encoder, which reads an article where the quick models are in doubt."""

    def open(self, document: Document) -> EncodedArticle:
        """The article, to be asked about."""


@dataclass(frozen=True, slots=True)
class Analyst:
    """What is needed to read an article. Holds no state: the same bytes give the same result."""

    finder: Finder
    detector: Detector
    version: Version
    limits: Limits = DEFAULT_LIMITS
    encoder: Opener | None = None

    def enrich(self, value: bytes | None, processed_at: str) -> Enriched:
        """Read one raw message.

        Args:
            value: the message, as it came from Kafka or from a line of a file.
            processed_at: the time to write into the result, RFC 3339 in UTC.

        Raises:
            Rejection: where the message is not an article.
        """
        return self.enrich_article(read(value, self.limits), processed_at)

    def opened(self, document: Document) -> EncodedArticle | None:
        """The article as the encoder reads it; None without encoder."""
        return None if self.encoder is None else self.encoder.open(document)

    def enrich_article(self, article: Article, processed_at: str) -> Enriched:
        """Companies and events of an article that was read already."""
        companies: Sequence[Company] = ()
        events: Sequence[DetectedEvent] = ()
        if not article.deleted:
            supported = article.lang in SUPPORTED
            document = cut(article.title, article.body, article.lang if supported else "en")
            companies = self.finder.find(document)
            if supported and len(companies) > 1:
                events = self.detector.detect(document, companies, self.opened(document))
        return Enriched(
            article_id=article.id,
            url=article.url,
            title=article.title,
            body=article.body,
            lang=article.lang,
            source=article.source,
            published_at=article.published_at,
            authors=article.authors,
            processed_at=processed_at,
            content_hash=article.content_hash,
            deleted=article.deleted,
            version=self.version,
            companies=tuple(companies),
            events=self._events(article, companies, events, processed_at),
        )

    def _events(
        self,
        article: Article,
        companies: Sequence[Company],
        detected: Sequence[DetectedEvent],
        detected_at: str,
    ) -> tuple[Event, ...]:
        if not detected:
            return ()
        names = {company.id: company.name for company in companies}
        reference = ArticleReference(
            id=article.id,
            url=article.url,
            title=article.title,
            source=article.source,
            lang=article.lang,
            published_at=article.published_at,
        )
        events = []
        for found in detected:
            (a, role_a), (b, role_b) = sorted(found.participants)
            pair = identity.pair_key(a, b)
            events.append(
                Event(
                    event_id=identity.event_id(article.id, found.type, pair, found.status),
                    type=found.type,
                    subtype=found.subtype,
                    status=found.status,
                    participants=(
                        Participant(id=a, name=names[a], role=role_a),
                        Participant(id=b, name=names[b], role=role_b),
                    ),
                    pair=pair,
                    confidence=found.confidence,
                    evidence=found.evidence,
                    amounts=found.amounts,
                    article=reference,
                    detected_at=detected_at,
                    version=self.version,
                )
            )
        return tuple(events)


def read(value: bytes | None, limits: Limits = DEFAULT_LIMITS) -> Article:
    """Decode and normalise one raw message and give it its id and language.

    Raises:
        Rejection: where the message is not an article.
    """
    raw = decode(value, limits)
    title = normalise(raw.title, "title", limits)
    body = normalise(raw.body, "body", limits)
    if raw.deleted:
        title = body = ""
    elif not title and not body:
        raise Rejection(Reason.NO_TEXT, "normalise", "The article holds markup but no text.")
    return Article(
        id=identity.article_id(raw.id, raw.url, title, body),
        url=raw.url,
        title=title,
        body=body,
        lang=language(raw.lang, title, body),
        source=raw.source,
        published_at=raw.published_at,
        authors=raw.authors,
        deleted=raw.deleted,
        content_hash=identity.content_hash(title, body),
    )
