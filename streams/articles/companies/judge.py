"""Whether a candidate is a company after all, from everything the article says of it.

The tagger judges one place at a time; here the places are weighed together with the registry. The
result is a probability that holds what it says (see the calibration table in the README).
"""

import math
from dataclasses import dataclass

import numpy as np

from streams.articles.companies.features import (
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
)


@dataclass(frozen=True, slots=True)
class Judge:
    """Logistic weights, one for each of `EVIDENCE`."""

    weights: tuple[float, ...]

    def confidence(self, candidate: Candidate, article: ArticleView) -> float:
        """Probability that the candidate is a company of the article."""
        total = sum(w * x for w, x in zip(self.weights, evidence(candidate, article), strict=True))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


def _logit(probability: float) -> float:
    p = min(max(probability, 0.002), 0.998)
    return math.log(p / (1.0 - p))


def evidence(candidate: Candidate, article: ArticleView) -> list[float]:
    """The values of `EVIDENCE` for a candidate."""
    spans = candidate.spans
    products = candidate.products
    names = [s.name for s in spans]
    inside = [s.product for s in products]
    main = max(spans, key=lambda s: s.name) if spans else max(products, key=lambda s: s.product)
    view = main.view
    words = view.words[main.first : main.last + 1]
    codes = {c for s in spans for c in _codes(s)}
    known = "c" in codes
    listed = "l" in codes and not known
    unknown = candidate.record is None
    best = _logit(max(names)) if names else 0.0
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
        _logit(float(np.mean(names))) if names else 0.0,
        _logit(max(inside)) if inside else 0.0,
        _logit(float(np.mean(inside))) if inside else 0.0,
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
        float(all(s.view.field.name == "title" for s in (*spans, *products))),
        float(business),
        float(software),
        float(software * unknown),
        float(business * unknown),
        float(article.lang == "fr"),
        float(all(_opens_sentence(s) for s in (*spans, *products))),
        float(all(s.run.end - s.run.start > s.last - s.first + 1 for s in (*spans, *products))),
        float(bool(products) and all(_begins_with(s, candidate) for s in products)),
    ]


def _codes(span: Span) -> set[str]:
    """Kinds of meaning of the span's own words, if the lists know just these."""
    for match in span.matches:
        if match.start == span.first and match.end == span.last + 1:
            return set(match.code.partition("x")[0]) | ({"x"} if "x" in match.code else set())
    return set()


def _opens_sentence(span: Span) -> bool:
    return span.first == 0 or span.view.field.words[span.first - 1] in '.!?…«“"–—•:'


def _begins_with(span: Span, candidate: Candidate) -> bool:
    name = candidate.name.lower().split(" ")[0]
    return span.view.words[span.first].low == name
