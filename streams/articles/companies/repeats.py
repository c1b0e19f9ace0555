"""Further places of names that the article has made sure of."""

from collections.abc import Iterator

import numpy as np

from streams.articles.companies.article import ArticleView
from streams.articles.companies.features import HERE
from streams.articles.companies.linking import Candidate
from streams.articles.companies.runs import Run
from streams.articles.companies.spans import (
    BEGIN_NAME,
    IN_NAME,
    MAX_SPAN_WORDS,
    OUTSIDE,
    Array,
    Span,
)
from streams.articles.companies.vocabulary import Word

SURE = 0.5
HOPELESS = 0.97

# By the row of their first word.
Names = dict[int, list[tuple[list[str], Candidate]]]


def add_repeats(article: ArticleView, probabilities: Array, kept: list[Candidate]) -> None:
    """Add to each company the places where a sure name of it stands and the tagger only doubted."""
    names = _sure_names(kept)
    if not names:
        return
    covered = {
        (span.view.offset, i)
        for company in kept
        for span in (*company.spans, *company.products)
        for i in range(span.first, span.last + 1)
    }
    for at, run in _beginnings(article, names):
        view = article.view_of(article.starts[run])
        i = article.starts[run] - view.offset + at
        if (view.offset, i) in covered:
            continue
        end = article.ends[run] - view.offset
        found = _name_at(names, int(view.rows[i]), view.words[i : min(end, i + MAX_SPAN_WORDS)])
        if found is None:
            continue
        size, company = found
        if any((view.offset, k) in covered for k in range(i + 1, i + size)):
            continue
        first = article.offsets[run] + at
        rows = probabilities[first : first + size]
        if rows[:, OUTSIDE].max() < HOPELESS:
            name = float((rows[:, BEGIN_NAME] + rows[:, IN_NAME]).mean())
            whole = Run(article.starts[run] - view.offset, end)
            company.spans.append(Span(view, i, i + size - 1, name, 0.0, whole))
            covered.update((view.offset, k) for k in range(i, i + size))


def _beginnings(article: ArticleView, names: Names) -> Iterator[tuple[int, int]]:
    """Words of runs with which one of the names begins: their number in the run, and the run's."""
    here = article.places[HERE].tolist()
    found = np.array([at for at, row in enumerate(here) if row in names], np.int64)
    runs = article.offsets.searchsorted(found, side="right") - 1
    return zip((found - article.offsets.take(runs)).tolist(), runs.tolist(), strict=True)


def _sure_names(kept: list[Candidate]) -> Names:
    """By first word, the longest first: names whose places the tagger was sure of."""
    names: Names = {}
    seen: set[str] = set()
    for company in kept:
        for span in company.spans:
            if span.name >= SURE and span.text not in seen:
                seen.add(span.text)
                words = [w.text for w in span.view.words[span.first : span.last + 1]]
                names.setdefault(int(span.view.rows[span.first]), []).append((words, company))
    for entries in names.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return names


def _name_at(names: Names, row: int, words: list[Word]) -> tuple[int, Candidate] | None:
    for wanted, company in names.get(row, ()):
        if [w.text for w in words[: len(wanted)]] == wanted:
            return len(wanted), company
    return None
