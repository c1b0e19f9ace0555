"""Whether a candidate is a company after all, from everything the article says of it.

The tagger judges one place at a time; here the places are weighed together with the registry. The
result is a probability that holds what it says (see the calibration table in the README).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

from streams.articles.companies.article import (
    ALSO_SMALL,
    KNOWN,
    LEGAL,
    PERSON,
    PLACE,
    ArticleView,
)
from streams.articles.companies.linking import Candidate
from streams.articles.companies.spans import Span

EVIDENCE = (
    "one",
    "best name",
    "mean name",
    "best product",
    "mean product",
    "log places",
    "only products",
    "company of the registry",
    "listed company",
    "former name",
    "nickname",
    "no company by the lists",
    "unknown",
    "best name if unknown",
    "best name if known",
    "best name if listed",
    "common word",
    "very common word",
    "common word, known",
    "words",
    "capitals only",
    "capitals only, unknown",
    "person",
    "person, unknown",
    "place",
    "also small",
    "part of a known name",
    "before a legal form",
    "legal form inside",
    "company word at the end",
    "title only",
    "business",
    "software",
    "software, unknown",
    "business, unknown",
    "french",
    "first in its sentence only",
    "inside a longer run",
    "first half of a product name",
    "other known companies",
    "no other known company",
    "no other known company, unknown",
    "no business",
    "no business, unknown",
    "one plain unknown word",
    "begins with a given name",
    "given name and more, unknown",
    "words of the sentences",
    "words of the sentences, unknown",
    "words of the article",
    "words of the article, unknown",
)
_FEW = 0.5
_PLAIN = frozenset("uhgpw")


@dataclass(frozen=True, slots=True)
class Judge:
    """Logistic weights: one for each of `EVIDENCE`, and three for a single mention."""

    weights: tuple[float, ...]
    mention: tuple[float, float, float]

    @classmethod
    def of(cls, numbers: list[float]) -> "Judge":
        """The judge whose mention weights and weights these are, in this order."""
        constant, of_company, of_place, *weights = numbers
        return cls(tuple(weights), (constant, of_company, of_place))

    def confidence(self, candidate: Candidate, article: ArticleView, known: float) -> float:
        """Probability that the candidate is a company of an article with so many known ones."""
        return _sigmoid(sum(map(mul, self.weights, evidence(candidate, article, known))))

    def mention_confidence(self, company: float, place: float) -> float:
        """Probability that a place names the company, from the company's and the tagger's."""
        constant, of_company, of_place = self.mention
        return _sigmoid(constant + of_company * logit(company) + of_place * logit(place))


def logit(probability: float) -> float:
    """Log odds, kept within what a probability of 0.002 to 0.998 gives."""
    p = min(max(probability, 0.002), 0.998)
    return math.log(p / (1.0 - p))


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def known_companies(candidates: Iterable[Candidate]) -> float:
    """How many companies of the registry an article names, counted by their probability."""
    return sum(_known_strength(c) for c in candidates)


def _known_strength(candidate: Candidate) -> float:
    if candidate.record is None or candidate.record.listed_only or not candidate.spans:
        return 0.0
    return max(s.name for s in candidate.spans)


def evidence(candidate: Candidate, article: ArticleView, known_here: float) -> list[float]:
    """The values of `EVIDENCE` for a candidate; `known_here` as `known_companies` counts."""
    spans = candidate.spans
    products = candidate.products
    names = [s.name for s in spans]
    inside = [s.product for s in products]
    others = known_here - _known_strength(candidate)
    alone = others < _FEW
    places = (*spans, *products)
    cue = sum([s.view.sentence_cue(s.first) for s in places]) / len(places)
    body = article.fields[1]
    article_cue = body.cue(0, len(body.rows))
    in_title = opening = longer = True
    for span in places:
        in_title = in_title and span.view.field.name == "title"
        opening = opening and _opens_sentence(span)
        longer = longer and span.run.end - span.run.start > span.last - span.first + 1
    main = max(spans, key=lambda s: s.name) if spans else max(products, key=lambda s: s.product)
    view = main.view
    words = view.words[main.first : main.last + 1]
    codes: set[str] = set()
    for span in spans:
        codes |= _codes(span)
    known = "c" in codes
    listed = "l" in codes and not known
    unknown = candidate.record is None
    best = logit(max(names)) if names else 0.0
    single = len(words) == 1
    common = words[0].common if single else min(w.common for w in words)
    capitals = single and words[0].kind == "A"
    flags = 0
    for word in words:
        flags |= article.flags(word.hash) if word.capital else 0
    person = bool(flags & PERSON)
    business, software = article.topic
    return [
        1.0,
        best,
        logit(sum(names) / len(names)) if names else 0.0,
        logit(max(inside)) if inside else 0.0,
        logit(sum(inside) / len(inside)) if inside else 0.0,
        math.log(len(spans) + len(products)),
        float(not spans),
        float(known),
        float(listed),
        float("f" in codes and not known),
        float("k" in codes),
        float("x" in codes),
        float(unknown),
        best * unknown,
        best * known,
        best * listed,
        float(common >= 5),
        float(common >= 6),
        float(common >= 5) * known,
        float(min(len(words), 4)),
        float(capitals),
        float(capitals and unknown),
        float(person),
        float(person and unknown),
        float(bool(flags & PLACE)),
        float(bool(flags & ALSO_SMALL)),
        float(bool(flags & KNOWN)),
        float(bool(flags & LEGAL)),
        float(any(w.kind == "L" for w in words)),
        float(words[-1].kind == "C" and not single),
        float(in_title),
        float(business),
        float(software),
        float(software * unknown),
        float(business * unknown),
        float(article.lang == "fr"),
        float(opening),
        float(longer),
        float(bool(products) and all(_begins_with(s, candidate) for s in products)),
        math.log1p(max(others, 0.0)),
        float(alone),
        float(alone and unknown),
        float(business == 0),
        float(business == 0 and unknown),
        float(unknown and single and words[0].kind in _PLAIN),
        float(words[0].kind == "g"),
        float(unknown and words[0].kind == "g" and not single),
        cue,
        cue * unknown,
        article_cue,
        article_cue * unknown,
    ]


_NONE: frozenset[str] = frozenset()


def _codes(span: Span) -> frozenset[str]:
    """Kinds of meaning of the span's own words, if the lists know just these."""
    match = span.match
    if match is None or match.end != span.last + 1:
        return _NONE
    return _kinds_of(match.code)


@lru_cache(maxsize=4096)
def _kinds_of(code: str) -> frozenset[str]:
    return frozenset(code.partition("x")[0]) | ({"x"} if "x" in code else _NONE)


def _opens_sentence(span: Span) -> bool:
    return span.first == 0 or span.view.field.words[span.first - 1] in '.!?…«“"–—•:'


def _begins_with(span: Span, candidate: Candidate) -> bool:
    name = candidate.name.lower().split(" ")[0]
    return span.view.words[span.first].low == name
