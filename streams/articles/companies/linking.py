"""Which company a name means: one of the registry, or one that the article itself introduces."""

import re
from dataclasses import dataclass, field

from streams.articles.companies.article import ArticleView
from streams.articles.companies.registry import CompanyRecord, Registry, openings_of, parse_meanings
from streams.articles.companies.spans import Span
from streams.articles.companies.vocabulary import LEGAL_FORMS
from streams.articles.companies.words import fold

_COMPANY = ("name", "listed", "former", "nickname")
_ARTICLES = frozenset(("the", "le", "la", "les", "l", "d"))
_FORMS = frozenset(LEGAL_FORMS - {"group", "groupe", "holding", "holdings", "company"})
_LONGEST_INITIALS = 6
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class Candidate:
    """A company that the article may speak of, with the stretches that name it."""

    id: str
    name: str
    record: CompanyRecord | None
    key: str
    spans: list[Span] = field(default_factory=list)
    products: list[Span] = field(default_factory=list)
    confidence: float = 0.0


def slug_of(name: str) -> str:
    """A stable id for a name that the registry does not have; never empty."""
    slug = _SLUG.sub("-", fold(name).replace("'", "").replace("&", " and ")).strip("-")
    return slug[:80] or "x" + "".join(f"{ord(c):x}" for c in name[:8])


def bare_key(words: list[str]) -> list[str]:
    """Folded words without a leading article and trailing legal forms."""
    start, end = 0, len(words)
    while end - start > 1 and (words[end - 1] in _FORMS or not words[end - 1][0].isalnum()):
        end -= 1
    while end - start > 1 and (words[start] in _ARTICLES or words[start] == "'"):
        start += 1
    return words[start:end]


def initials_of(key: str) -> tuple[str, ...]:
    """The initials of a name of several words: of all of them, and of the longer ones."""
    words = [word for word in key.split(" ") if word[0].isalnum()]
    if len(words) < 2:
        return ()
    return "".join(w[0] for w in words), "".join(w[0] for w in words if len(w) > 3)


class Linker:
    """Gives each name of one article its company. Names are told once; later ones may be shorter."""

    def __init__(self, registry: Registry, article: ArticleView) -> None:
        self.registry = registry
        self.article = article
        self._context: frozenset[str] | None = None
        self.candidates: dict[str, Candidate] = {}
        self._by_key: dict[str, str] = {}
        self._by_beginning: dict[str, str] = {}
        self._by_initials: dict[str, str] = {}

    def add(self, span: Span) -> Candidate:
        """The company that this stretch names."""
        key = span.key
        id_ = self._by_key.get(key)
        if id_ is None:
            id_ = self._identify(key, span)
            self._remember(key, id_)
        candidate = self.candidates[id_]
        candidate.spans.append(span)
        return candidate

    def is_ticker(self, span: Span) -> bool:
        """Whether the stretch is the stock symbol of a company that the article has named."""
        if span.first != span.last or span.view.words[span.first].kind != "A":
            return False
        known = self.candidates.get(self.registry.by_ticker(span.text) or "")
        return known is not None and known.key != span.key

    def own(self, id_: str) -> Candidate | None:
        """The candidate of a registry company, made if the article has not named it."""
        if id_ not in self.candidates:
            record = self.registry.get(id_)
            if record is None:
                return None
            self.candidates[id_] = Candidate(id_, record.name, record, "")
        return self.candidates[id_]

    def _identify(self, key: str, span: Span) -> str:
        words = key.split(" ")
        bare = bare_key(words)
        for tried in dict.fromkeys((key, " ".join(bare))):
            known = self._known(tried)
            if known is not None:
                return self._open(known, tried)
        bare_words = " ".join(bare)
        longer = self._shortened(bare)
        if longer is not None:
            return longer
        skip = len(words) - len(bare) if words[-len(bare) :] == bare else words.index(bare[0])
        first = span.first + skip
        start, end = span.view.field.span(first, min(first + len(bare) - 1, span.last))
        name = span.view.field.text[start:end]
        id_ = slug_of(name)
        if self.registry.get(id_) is not None:
            return self._open(id_, bare_words)
        if id_ not in self.candidates:
            self.candidates[id_] = Candidate(id_, name, None, bare_words)
        return id_

    def _open(self, id_: str, key: str) -> str:
        if id_ not in self.candidates:
            record = self.registry.get(id_)
            name = record.name if record else id_
            self.candidates[id_] = Candidate(id_, name, record, key)
        return id_

    def _known(self, key: str) -> str | None:
        packed = self.registry.packed_meanings(key)
        if not packed:
            return None
        ids = [m.of for m in parse_meanings(packed) if m.kind in _COMPANY]
        if len(ids) < 2:
            return ids[0] if ids else None
        named = [i for i in ids if i in self.candidates]
        return named[0] if named else max(ids, key=lambda i: (self._fit(key, i), -ids.index(i)))

    def _fit(self, key: str, id_: str) -> int:
        """How many words of the article speak for this company among namesakes."""
        record = self.registry.get(id_)
        if record is None:
            return -1
        if self._context is None:
            self._context = frozenset(w.folded for v in self.article.fields for w in v.words)
        context = self._context
        told = (*record.kinds, *record.cities, record.parent, *record.products)
        hinted = 2 * sum(word in context for word in self.registry.hints(key, id_))
        return hinted + sum(fold(t) in context for t in told if t)

    def _shortened(self, bare: list[str]) -> str | None:
        """A company named before whose name begins with these words, or has them as initials."""
        found = self._by_beginning.get(" ".join(bare))
        if found is None and len(bare) == 1 and 2 <= len(bare[0]) <= _LONGEST_INITIALS:
            found = self._by_initials.get(bare[0])
        return found

    def _remember(self, key: str, id_: str) -> None:
        self._by_key[key] = id_
        for beginning in openings_of(key):
            self._by_beginning.setdefault(beginning, id_)
        for initials in initials_of(key):
            self._by_initials.setdefault(initials, id_)
