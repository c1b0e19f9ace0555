"""Finds every company an article speaks of: names, tickers, products, people, references."""

from dataclasses import dataclass

from streams.articles.companies.article import ArticleView
from streams.articles.companies.joining import joined
from streams.articles.companies.judge import Judge, known_companies
from streams.articles.companies.linking import Candidate, Linker
from streams.articles.companies.reader import Reader
from streams.articles.companies.references import Pointer, people, references, tickers
from streams.articles.companies.registry import Registry, parse_meanings
from streams.articles.companies.repeats import add_repeats
from streams.articles.companies.roles import role_of, salience_of
from streams.articles.companies.spans import Array, Span, spans_of
from streams.articles.companies.tagger import Tagger, TaggerModel
from streams.articles.companies.words import WordLists
from streams.articles.document import Document
from streams.articles.encoder.reading import NameReader
from streams.messages import Company, Mention, MentionKind

LEAST_WORD = 0.2
LEAST_COMPANY = 0.35
MOST_LETTERS = 3
MAX_COMPANIES = 200
MAX_MENTIONS = 200


class CompanyFinder:
    """Companies of articles. Holds the registry and the tagger; a call has no effect but speed.

    Args:
        registry: the known companies.
        model: tagger and judge.
        lists: words and what they mean; the shipped ones if absent.
        names: the encoder, to be asked where the tagger is in doubt.
    """

    def __init__(
        self,
        registry: Registry,
        model: TaggerModel,
        lists: WordLists | None = None,
        names: NameReader | None = None,
    ) -> None:
        self.registry = registry
        self.model = model
        self.lists = lists or WordLists.load()
        self.names = names
        self._quick = _Rule(model.judge, LEAST_COMPANY)
        self._thorough = (
            self._quick
            if names is None
            else _Rule(Judge.of(list(names.blend.judge)), names.blend.least)
        )
        self.reader = Reader(registry, self.lists, model.cues)
        self.tagger = Tagger(model, self.reader)

    def with_registry(self, registry: Registry) -> "CompanyFinder":
        """A finder with another registry and the same model."""
        return CompanyFinder(registry, self.model, self.lists, self.names)

    def find(self, document: Document) -> list[Company]:
        """Companies in the order of their first mention. Linear in the length of the article."""
        self.tagger.forget_if_full()
        article = self.reader.read(document)
        scores = self.tagger.scores(article)
        probabilities = self.tagger.marginals(article, scores)
        candidates = self._candidates(article, probabilities)
        rule = self._quick
        rule.judge_all(candidates, article)
        if self.names is not None and any(c.confidence >= self.names.blend.ask for c in candidates):
            rule = self._thorough
            probabilities = self._told(document, article, scores, self.names)
            candidates = self._candidates(article, probabilities)
            rule.judge_all(candidates, article)
        kept = [c for c in candidates if c.confidence >= rule.least][:MAX_COMPANIES]
        kept = joined(kept, self.registry)
        add_repeats(article, probabilities, kept)
        pointers = [
            *tickers(article, kept, self.registry),
            *people(article, kept),
            *references(article, kept, self.registry),
        ]
        return self._messages(document, kept, pointers, rule.judge)

    def candidates(self, document: Document) -> tuple[ArticleView, list[Candidate]]:
        """What may be a company of the article, not yet judged; the encoder is asked if there is one."""
        self.tagger.forget_if_full()
        article = self.reader.read(document)
        scores = self.tagger.scores(article)
        if self.names is None:
            probabilities = self.tagger.marginals(article, scores)
        else:
            probabilities = self._told(document, article, scores, self.names)
        return article, self._candidates(article, probabilities)

    def _told(
        self, document: Document, article: ArticleView, scores: Array, names: NameReader
    ) -> Array:
        """What each word of a run is, by tagger and encoder."""
        blend = names.blend
        told = names.of(document)
        return self.tagger.marginals_with(article, scores, told, blend.of_quick, blend.of_encoder)

    def _candidates(self, article: ArticleView, probabilities: Array) -> list[Candidate]:
        linker = Linker(self.registry, article)
        products: list[Span] = []
        for span in spans_of(article, probabilities, LEAST_WORD):
            if linker.is_ticker(span):
                continue
            if span.name >= span.product:
                linker.add(span)
            else:
                products.append(span)
        for span in products:
            owner = self._owner(linker, span)
            if owner is not None:
                owner.products.append(span)
        return [c for c in linker.candidates.values() if c.spans or c.products]

    def _owner(self, linker: Linker, span: Span) -> Candidate | None:
        """Whose product a stretch names: by the registry, or by the company name it begins with."""
        match = span.match
        meanings = parse_meanings(match.packed) if match is not None else ()
        for kind in ("product", "name"):
            for meaning in meanings:
                if meaning.kind != kind:
                    continue
                # Letters that a product's name begins with are hardly those of a company not named.
                if kind == "name" and _begins_with_letters(span):
                    return linker.candidates.get(meaning.of)
                return linker.own(meaning.of)
        return None

    def _messages(
        self, document: Document, kept: list[Candidate], pointers: list[Pointer], judge: Judge
    ) -> list[Company]:
        companies: list[tuple[tuple[int, int], Company]] = []
        for candidate in kept:
            mentions = [_mention(candidate, s, "name", judge) for s in candidate.spans]
            mentions += [_mention(candidate, s, "product", judge) for s in candidate.products]
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


@dataclass(frozen=True, slots=True)
class _Rule:
    """What decides whether a candidate is a company."""

    judge: Judge
    least: float

    def judge_all(self, candidates: list[Candidate], article: ArticleView) -> None:
        """Give each candidate its confidence."""
        known = known_companies(candidates)
        for candidate in candidates:
            candidate.confidence = self.judge.confidence(candidate, article, known)


def _begins_with_letters(span: Span) -> bool:
    word = span.view.words[span.first]
    return word.kind == "A" and len(word.text) <= MOST_LETTERS and span.last > span.first


def _mention(company: Candidate, span: Span, kind: MentionKind, judge: Judge) -> Mention:
    start, end = span.offsets
    place = span.name if kind == "name" else span.product
    return Mention(
        field=span.view.field.name,
        start=start,
        end=end,
        text=span.view.field.text[start:end],
        kind=kind,
        confidence=round(judge.mention_confidence(company.confidence, place), 3),
    )
