"""The companies of a record as the company finder sees them, under the ids of the annotation."""

import collections

import msgspec

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.messages import Company, Mention
from streams.training.events_data import Record, companies_of, document_of


class Seen:
    """Finds companies; one that is annotated has the annotated id, any other an id of its own."""

    def __init__(self) -> None:
        self._finder = CompanyFinder(registry.load(), TaggerModel.load())

    def __call__(self, record: Record) -> list[Company]:
        """Companies by first mention; two that are one in the annotation are joined."""
        return under_annotated_ids(self._finder.find(document_of(record)), companies_of(record))


def under_annotated_ids(found: list[Company], annotated: list[Company]) -> list[Company]:
    """Companies that were found, with the ids of the annotation or ids of their own."""
    joined: dict[str, Company] = {}
    for number, company in enumerate(found):
        id_ = _same(company, annotated) or f"found-{number}"
        known = joined.get(id_)
        mentions = company.mentions if known is None else (*known.mentions, *company.mentions)
        ordered = tuple(sorted(mentions, key=lambda m: (m.field != "title", m.start)))
        joined[id_] = msgspec.structs.replace(company, id=id_, mentions=ordered)
    return list(joined.values())


def _same(company: Company, annotated: list[Company]) -> str | None:
    """The annotated company that most mentions overlap."""
    votes: collections.Counter[str] = collections.Counter()
    for mention in company.mentions:
        for other in annotated:
            if any(_overlap(mention, m) for m in other.mentions):
                votes[other.id] += 1
    return votes.most_common(1)[0][0] if votes else None


def _overlap(one: Mention, other: Mention) -> bool:
    return one.field == other.field and one.start < other.end and other.start < one.end
