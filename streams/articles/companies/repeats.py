"""Further places of names that the article has made sure of."""

from streams.articles.companies.features import ArticleView
from streams.articles.companies.linking import Candidate
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

Names = dict[str, list[tuple[list[str], Candidate]]]


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
    at = 0
    for view in article.fields:
        for run in view.runs:
            for i in range(run.start, run.end):
                if view.words[i].text not in names:
                    continue
                found = _name_at(names, view.words[i : min(run.end, i + MAX_SPAN_WORDS)])
                if found is None:
                    continue
                size, company = found
                if any((view.offset, k) in covered for k in range(i, i + size)):
                    continue
                rows = probabilities[at + i - run.start : at + i - run.start + size]
                if rows[:, OUTSIDE].max() < HOPELESS:
                    name = float((rows[:, BEGIN_NAME] + rows[:, IN_NAME]).mean())
                    company.spans.append(Span(view, i, i + size - 1, name, 0.0, run))
                    covered.update((view.offset, k) for k in range(i, i + size))
            at += run.end - run.start


def _sure_names(kept: list[Candidate]) -> Names:
    """By first word, the longest first: names whose places the tagger was sure of."""
    names: Names = {}
    seen: set[str] = set()
    for company in kept:
        for span in company.spans:
            if span.name >= SURE and span.text not in seen:
                seen.add(span.text)
                words = [w.text for w in span.view.words[span.first : span.last + 1]]
                names.setdefault(words[0], []).append((words, company))
    for entries in names.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return names


def _name_at(names: Names, words: list[Word]) -> tuple[int, Candidate] | None:
    for wanted, company in names.get(words[0].text, ()):
        if [w.text for w in words[: len(wanted)]] == wanted:
            return len(wanted), company
    return None
