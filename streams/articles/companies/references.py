"""What points to a company without naming it: tickers, its people, "the company", "le constructeur"."""

import re
from dataclasses import dataclass

from streams.articles.companies.features import ArticleView, FieldView
from streams.articles.companies.linking import Candidate
from streams.articles.companies.registry import Registry
from streams.articles.companies.words import key_of
from streams.messages import Mention, MentionKind

_TICKER = re.compile(
    r"\$([A-Z]{1,5})\b"
    r"|\((?:[A-Z][A-Za-z. ]{1,20}:\s?)?([A-Z]{1,5})(?:\.[A-Z]{1,3})?\)"
    r"|\b(?:NASDAQ|Nasdaq|NYSE|LSE|EPA|Euronext|EURONEXT|TSX|ASX|XETRA|HKEX|TYO|BIT)\s?:\s?([A-Z0-9]{1,6})\b"
)
_GENERIC = {
    "en": frozenset("company group firm".split()),
    "fr": frozenset("entreprise groupe société firme".split()),
}
_KINDS: dict[str, frozenset[str]] = {
    "carmaker": frozenset("carmaker automaker constructeur".split()),
    "planemaker": frozenset("planemaker avionneur constructeur".split()),
    "bank": frozenset(("bank", "lender", "banque")),
    "insurer": frozenset(("insurer", "assureur")),
    "airline": frozenset(("airline", "carrier", "compagnie")),
    "retailer": frozenset(("retailer", "chain", "distributeur", "enseigne")),
    "supermarket": frozenset(("retailer", "supermarket", "grocer", "distributeur", "enseigne")),
    "telecom": frozenset(("operator", "carrier", "opérateur")),
    "chipmaker": frozenset(("chipmaker", "fondeur")),
    "drugmaker": frozenset(("drugmaker", "laboratoire", "labo")),
    "brewer": frozenset(("brewer", "brasseur")),
    "software": frozenset(("éditeur",)),
    "start-up": frozenset(("startup", "start", "jeune")),
    "oil": frozenset(("major", "pétrolier")),
    "newspaper": frozenset(("newspaper", "paper", "journal", "quotidien")),
    "broadcaster": frozenset(("broadcaster", "network", "chaîne")),
}
_DETERMINERS = {
    "en": frozenset(("the", "this")),
    "fr": frozenset(("le", "la", "l", "cette", "ce")),
}
MAX_POINTERS = 500
_NEAR_WORDS = 60


@dataclass(slots=True)
class Pointer:
    """A mention and the company it points to."""

    company: Candidate
    mention: Mention


def _pointer(
    view: FieldView, first: int, last: int, kind: MentionKind, confidence: float, to: Candidate
) -> Pointer:
    start, end = view.field.span(first, last)
    text = view.field.text[start:end]
    return Pointer(
        to,
        Mention(
            field=view.field.name, start=start, end=end, text=text, kind=kind, confidence=confidence
        ),
    )


def tickers(article: ArticleView, kept: list[Candidate], registry: Registry) -> list[Pointer]:
    """Stock symbols in their usual dress, of companies that the article names."""
    by_id = {c.id: c for c in kept}
    found: list[Pointer] = []
    for view in article.fields:
        for match in _TICKER.finditer(view.field.text):
            symbol = match.group(match.lastindex or 0)
            company = by_id.get(registry.by_ticker(symbol) or "")
            if company is not None and len(found) < MAX_POINTERS:
                start, end = match.span(match.lastindex or 0)
                mention = Mention(
                    field=view.field.name,
                    start=start,
                    end=end,
                    text=symbol,
                    kind="ticker",
                    confidence=0.98,
                )
                found.append(Pointer(company, mention))
    return found


def people(article: ArticleView, kept: list[Candidate]) -> list[Pointer]:
    """People who lead or led a company that the article names."""
    leads: dict[str, Candidate] = {}
    for company in kept:
        for name in company.record.people if company.record else ():
            leads.setdefault(key_of(name), company)
    found: list[Pointer] = []
    if not leads:
        return found
    for view in article.fields:
        for match in view.matches:
            key = " ".join(view.words[i].folded for i in range(match.start, match.end))
            if key in leads and len(found) < MAX_POINTERS:
                found.append(_pointer(view, match.start, match.end - 1, "person", 0.9, leads[key]))
    return found


def references(article: ArticleView, kept: list[Candidate]) -> list[Pointer]:
    """Descriptions that the article resolves: "the company" is the one named last, if one is."""
    return []
