"""Readers' verdicts in the form of annotated texts, as the training of models and the scorer read them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from streams.messages import Company, Enriched, Event, Feedback


def records(
    verdicts: Iterable[Feedback], events: Iterable[Event], articles: Iterable[Enriched]
) -> Iterator[dict[str, Any]]:
    """One record an article with judged events: `lang`, `title`, `text`, `companies`, `events`.

    Args:
        verdicts: what readers said, by time.
        events: the last word on each event, what was taken back among them.
        articles: enriched articles in the order of their making; the latest of each counts.
    """
    said = {verdict.event_id: verdict for verdict in verdicts}
    known = list(events)
    judged = {event.article.id for event in known if event.event_id in said}
    latest = {article.article_id: article for article in articles}
    for id in sorted(judged & latest.keys()):
        article = latest[id]
        if not article.deleted:
            mine = [event for event in known if event.article.id == id]
            yield _record(article, mine, said)


def _record(article: Enriched, events: list[Event], said: Mapping[str, Feedback]) -> dict[str, Any]:
    numbers = {company.id: f"c{i}" for i, company in enumerate(article.companies, 1)}
    told = [e for e in events if all(side.id in numbers for side in e.participants)]
    return {
        "id": article.article_id,
        "lang": article.lang,
        "url": article.url,
        "title": article.title,
        "text": article.body,
        "companies": [_company(c, numbers[c.id]) for c in article.companies],
        "events": [_event(e, numbers, said) for e in told if not e.retracted],
        "refuted_events": [
            _event(e, numbers, said) for e in told if e.retracted and e.event_id in said
        ],
    }


def _company(company: Company, number: str) -> dict[str, Any]:
    def texts(*kinds: str) -> list[str]:
        return list(dict.fromkeys(m.text for m in company.mentions if m.kind in kinds))

    return {
        "id": number,
        "name": company.name,
        "surfaces": texts("name", "ticker"),
        "products": texts("product"),
        "role": company.role,
    }


def _event(
    event: Event, numbers: Mapping[str, str], said: Mapping[str, Feedback]
) -> dict[str, Any]:
    verdict = said.get(event.event_id)
    return {
        "type": event.type,
        "subtype": event.subtype,
        "status": event.status,
        "participants": [numbers[side.id] for side in event.participants],
        "evidence": event.evidence.text,
        "verdict": None if verdict is None else verdict.verdict,
        "who": None if verdict is None else verdict.who,
        "note": None if verdict is None else verdict.note,
    }
