"""The companies of a record as the company finder sees them, under the ids of the annotation."""

import collections
import zlib
from pathlib import Path

import msgspec

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.messages import Company, Mention
from streams.training.events_data import Record, companies_of, document_of


class UnseenText(msgspec.Struct, frozen=True):
    """The companies of one text, as `streams.training.companies_unseen` writes them."""

    text: int
    companies: tuple[Company, ...]


def number_of(body: str) -> int:
    """What a text is known by: CRC-32 of its body."""
    return zlib.crc32(body.encode())


class Seen:
    """Finds companies; one that is annotated has the annotated id, any other an id of its own.

    Args:
        unseen: what `streams.training.companies_unseen` wrote: companies as a finder sees them that
            does not know the text. Texts that it lacks are read by the shipped finder.
    """

    def __init__(self, unseen: Path | None = None) -> None:
        self._finder = CompanyFinder(registry.load(), TaggerModel.load())
        lines = unseen.read_bytes().splitlines() if unseen else []
        decoded = [msgspec.json.decode(line, type=UnseenText) for line in lines]
        self._unseen = {one.text: list(one.companies) for one in decoded}

    def __call__(self, record: Record) -> list[Company]:
        """Companies by first mention; two that are one in the annotation are joined."""
        found = self._unseen.get(number_of(record["text"]))
        if found is None:
            found = self._finder.find(document_of(record))
        return under_annotated_ids(found, companies_of(record))


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
