"""From probabilities of words to stretches of words that may name a company or a product."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.article import ArticleView, FieldView
from streams.articles.companies.runs import Match, Run

Array = NDArray[np.float32]

MAX_SPAN_WORDS = 40

OUTSIDE, BEGIN_NAME, IN_NAME, BEGIN_PRODUCT, IN_PRODUCT = range(5)


@dataclass(slots=True)
class Span:
    """Words `first` to `last` (both included) of a field, and how likely they are a name or product."""

    view: FieldView
    first: int
    last: int
    name: float
    product: float
    run: Run

    @property
    def match(self) -> Match | None:
        """The known name that the words begin with, if it does not go on behind them."""
        match = self.view.match_at.get(self.first)
        return match if match is not None and match.end <= self.last + 1 else None

    @property
    def offsets(self) -> tuple[int, int]:
        """Code points of the field, half-open."""
        return self.view.field.span(self.first, self.last)

    @property
    def text(self) -> str:
        """The words as written."""
        start, end = self.offsets
        return self.view.field.text[start:end]

    @property
    def key(self) -> str:
        """The words as the registry's index has them."""
        words = self.view.words[self.first : self.last + 1]
        return " ".join([word.folded for word in words])


def spans_of(article: ArticleView, probabilities: Array, least: float) -> list[Span]:
    """Stretches whose every word is, with probability `least`, part of a name or a product."""
    found: list[Span] = []
    if not len(probabilities):
        return found
    offsets = article.offsets
    likely = np.minimum.reduceat(probabilities[:, OUTSIDE], offsets) <= 1.0 - least
    for number in np.flatnonzero(likely).tolist():
        start, stop = article.starts[number], article.ends[number]
        view = article.view_of(start)
        run = Run(start - view.offset, stop - view.offset)
        offset = int(offsets[number])
        rows = probabilities[offset : offset + run.end - run.start].tolist()
        at, count = 0, len(rows)
        while at < count:
            if 1.0 - rows[at][OUTSIDE] < least:
                at += 1
                continue
            end = at + 1
            while end < count and _goes_on(rows[end], least):
                end += 1
            part = rows[at:end]
            name = sum(r[BEGIN_NAME] + r[IN_NAME] for r in part) / len(part)
            product = sum(r[BEGIN_PRODUCT] + r[IN_PRODUCT] for r in part) / len(part)
            # Nothing is called by so many words; each beginning of a name is remembered.
            if end - at <= MAX_SPAN_WORDS:
                found.append(Span(view, run.start + at, run.start + end - 1, name, product, run))
            at = end
    return found


def _goes_on(row: list[float], least: float) -> bool:
    inside = row[IN_NAME] + row[IN_PRODUCT]
    return 1.0 - row[OUTSIDE] >= least and inside >= row[BEGIN_NAME] + row[BEGIN_PRODUCT]
