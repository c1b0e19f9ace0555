"""Articles with their companies given by name, so that tests need no company finder."""

from streams.articles.document import Document, cut
from streams.articles.events.detector import DetectedEvent, EventDetector
from streams.messages import Company, Mention


def company(name: str, title: str, body: str, products: tuple[str, ...] = ()) -> Company:
    mentions = []
    for surface in (name, *products):
        for field, text in (("title", title), ("body", body)):
            at = text.find(surface)
            while at >= 0:
                mentions.append(
                    Mention(
                        field="title" if field == "title" else "body",
                        start=at,
                        end=at + len(surface),
                        text=surface,
                        kind="product" if surface in products else "name",
                        confidence=1.0,
                    )
                )
                at = text.find(surface, at + 1)
    return Company(
        id=name.lower(),
        name=name,
        known=True,
        salience=0.5,
        role="actor",
        mentions=tuple(mentions),
    )


def article(
    lang: str,
    body: str,
    *names: str,
    title: str = "",
    products: dict[str, tuple[str, ...]] | None = None,
) -> tuple[Document, list[Company]]:
    owned = products or {}
    companies = [company(name, title, body, owned.get(name, ())) for name in names]
    return cut(title, body, lang), companies


def events(
    detector: EventDetector,
    lang: str,
    body: str,
    *names: str,
    title: str = "",
    products: dict[str, tuple[str, ...]] | None = None,
) -> list[DetectedEvent]:
    return detector.detect(*article(lang, body, *names, title=title, products=products))


def told(found: list[DetectedEvent]) -> set[tuple[str, str, str]]:
    return {(e.type, e.participants[0][0], e.participants[1][0]) for e in found}
