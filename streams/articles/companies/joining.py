"""Two candidates that are one company: a name in full and shortened, a product taken for a firm."""

from collections.abc import Iterator

from streams.articles.companies.linking import Candidate, bare_key, initials_of
from streams.articles.companies.registry import Registry, parse_meanings
from streams.articles.companies.spans import Span

_GROUPS = frozenset(("group", "groupe"))
_GIVEN_NAME = "g"
_MOST_WORDS = 8

Name = tuple[str, ...]


def joined(kept: list[Candidate], registry: Registry) -> list[Candidate]:
    """The companies of an article, each once; the places of what was joined go to what stays.

    What the linker could not see, as it meets names one by one: the short name came first, or is
    another company's name that the registry knows. Two companies of the registry stay two.
    """
    if len(kept) < 2:
        return kept
    joins = _Joins(kept, registry)
    for candidate in kept:
        target = joins.target(candidate)
        if target is not candidate:
            target.spans += candidate.spans
            target.products += candidate.products
            target.confidence = max(target.confidence, candidate.confidence)
    return [candidate for candidate in kept if joins.target(candidate) is candidate]


class _Joins:
    """Which candidates go into which others; no candidate goes into itself, by whatever way."""

    def __init__(self, kept: list[Candidate], registry: Registry) -> None:
        self._into: dict[str, Candidate] = {}
        self._named: dict[Name, Candidate] = {}
        for candidate in kept:
            for name, _ in _names(candidate):
                self._named.setdefault(name, candidate)
        by_id = {candidate.id: candidate for candidate in kept}
        for candidate in kept:
            if candidate.record is None:
                self._product(candidate, by_id, registry)
        self._brackets(kept)
        longer: dict[str, list[Candidate]] = {}
        for candidate in kept:
            for short in self._shorter(candidate):
                longer.setdefault(short.id, []).append(candidate)
        for candidate in kept:
            self._with_longer(candidate, longer.get(candidate.id, []))

    def target(self, candidate: Candidate) -> Candidate:
        """The candidate that this one goes into in the end; itself where it stays."""
        while candidate.id in self._into:
            candidate = self._into[candidate.id]
        return candidate

    def _product(
        self, candidate: Candidate, by_id: dict[str, Candidate], registry: Registry
    ) -> None:
        """A name that is a product by the registry, in an article that names the owner."""
        packed = registry.packed_meanings(candidate.key)
        for meaning in parse_meanings(packed) if packed else ():
            if meaning.kind == "product" and meaning.of in by_id:
                self._join(candidate, by_id[meaning.of])
                return

    def _brackets(self, kept: list[Candidate]) -> None:
        """Initials in brackets behind the name, though others are known by these letters."""
        ends = {
            (id(span.view), span.last): (candidate, span)
            for candidate in kept
            for span in candidate.spans
        }
        for candidate in kept:
            for span in candidate.spans:
                if span.first != span.last or not _behind_a_bracket(span):
                    continue
                full, long = ends.get((id(span.view), span.first - 2), (None, None))
                if full is None or long is None or full.record is not None:
                    continue
                if span.view.words[span.first].folded in initials_of(long.key):
                    self._join(candidate, full)

    def _shorter(self, candidate: Candidate) -> Iterator[Candidate]:
        """Candidates with whose name a longer name of this one begins."""
        for name, first in _names(candidate):
            parts = [name[:size] for size in range(len(name) - 1, 0, -1)]
            if first:
                parts += [name[1:size] for size in range(len(name), 1, -1)]
            for part in parts:
                short = self._named.get(part)
                if short is not None and short is not candidate:
                    yield short
                    break

    def _with_longer(self, short: Candidate, longer: list[Candidate]) -> None:
        if short.record is not None:
            for one in longer:
                if one.record is None:
                    self._join(one, short)
        elif len({one.id for one in longer}) == 1:
            self._join(short, longer[0])

    def _join(self, one: Candidate, other: Candidate) -> None:
        if one.id not in self._into and self.target(other) is not one:
            self._into[one.id] = other


def _names(candidate: Candidate) -> Iterator[tuple[Name, bool]]:
    """Its names as words, and whether the first is "groupe" or a given name, which may be left out."""
    for span in candidate.spans:
        words = tuple(bare_key(span.key.split(" ")))
        if len(words) <= _MOST_WORDS:
            spare = words[0] in _GROUPS or span.view.words[span.first].kind == _GIVEN_NAME
            yield words, spare


def _behind_a_bracket(span: Span) -> bool:
    return span.first > 1 and span.view.words[span.first - 1].text == "("
