"""Finds every company an article speaks of: names, tickers, products, people, references."""

from streams.articles.companies import features
from streams.articles.companies.features import Reader
from streams.articles.companies.linking import Candidate, Linker
from streams.articles.companies.references import Pointer, people, references, tickers
from streams.articles.companies.registry import Registry, parse_meanings
from streams.articles.companies.roles import role_of, salience_of
from streams.articles.companies.spans import Span, spans_of
from streams.articles.companies.tagger import Tagger, TaggerModel
from streams.articles.companies.words import WordLists
from streams.articles.document import Document
from streams.messages import Company, Mention

LEAST_WORD = 0.25
LEAST_COMPANY = 0.5
MAX_COMPANIES = 200
MAX_MENTIONS = 200


class CompanyFinder:
    """Companies of articles. Holds the registry and the tagger; a call has no effect but speed."""

    def __init__(
        self, registry: Registry, model: TaggerModel, lists: WordLists | None = None
    ) -> None:
        self.registry = registry
        self.model = model
        self.lists = lists or WordLists.load()
        self.reader = Reader(registry, self.lists)
        self.tagger = Tagger(model, self.reader)

    def with_registry(self, registry: Registry) -> "CompanyFinder":
        """A finder with another registry and the same model."""
        return CompanyFinder(registry, self.model, self.lists)

    def find(self, document: Document) -> list[Company]:
        """Companies in the order of their first mention. Linear in the length of the article."""
        article = features.read(self.reader, document)
        marginals = self.tagger.marginals(article)
        context = frozenset(w.folded for view in article.fields for w in view.words)
        linker = Linker(self.registry, context)
        products: list[Span] = []
        for view, runs in zip(article.fields, marginals, strict=True):
            for span in spans_of(view, runs, LEAST_WORD):
                if span.name >= span.product:
                    linker.add(span)
                else:
                    products.append(span)
        self._add_products(linker, products)
        kept = [c for c in linker.candidates.values() if self._confidence(c) >= LEAST_COMPANY]
        kept = kept[:MAX_COMPANIES]
        pointers = [
            *tickers(article, kept, self.registry),
            *people(article, kept),
            *references(article, kept),
        ]
        return self._messages(document, kept, pointers)

    def _add_products(self, linker: Linker, products: list[Span]) -> None:
        for span in products:
            for meaning in parse_meanings(self.registry.packed_meanings(span.key) or "x:none"):
                if meaning.kind == "product":
                    owner = linker.own(meaning.of)
                    if owner is not None:
                        owner.products.append(span)
                    break

    def _confidence(self, candidate: Candidate) -> float:
        names = [s.name for s in candidate.spans]
        return max([*names, *(s.product for s in candidate.products)], default=0.0)

    def _messages(
        self, document: Document, kept: list[Candidate], pointers: list[Pointer]
    ) -> list[Company]:
        companies: list[tuple[tuple[int, int], Company]] = []
        for candidate in kept:
            mentions = [_mention(s, "name") for s in candidate.spans]
            mentions += [_mention(s, "product") for s in candidate.products]
            taken = {(m.field, m.start) for m in mentions}
            mentions += [
                p.mention
                for p in pointers
                if p.company is candidate and (p.mention.field, p.mention.start) not in taken
            ]
            mentions.sort(key=lambda m: (m.field != "title", m.start))
            mentions = mentions[:MAX_MENTIONS]
            record = candidate.record
            company = Company(
                id=candidate.id,
                name=candidate.name,
                ticker=record.tickers[0] if record and record.tickers else None,
                country=record.country or None if record else None,
                known=record is not None,
                salience=salience_of(document, mentions),
                role=role_of(document, candidate, mentions),
                mentions=tuple(mentions),
            )
            first = mentions[0]
            companies.append(((int(first.field != "title"), first.start), company))
        return [company for _, company in sorted(companies, key=lambda c: (c[0], c[1].id))]


def _mention(span: Span, kind: str) -> Mention:
    start, end = span.offsets
    return Mention(
        field=span.view.field.name,
        start=start,
        end=end,
        text=span.view.field.text[start:end],
        kind="name" if kind == "name" else "product",
        confidence=round(span.name if kind == "name" else span.product, 3),
    )
