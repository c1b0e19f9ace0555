"""How much an article is about a company, and whether it acts, reports or is a place of listing."""

import re

from streams.articles.companies.linking import Candidate
from streams.articles.document import Document
from streams.messages import CompanyRole, Mention

_REPORTS = re.compile(
    r"^(?:['’]s)?\W{0,3}(?:reported|reports|writes|wrote|quoted|said|says|noted|cited|estimates|forecasts"
    r"|rapporte|rapportait|écrit|affirme|révèle|a révélé|estime)\b"
)
_ARTICLE = r"(?:the |le |la |les |l['’]|du )?"
_TOLD_TO = re.compile(
    r"\b(?:told|according to|reported by|quoted by|first reported|interview with|interview to|a report in"
    r"|report by|reports in|rapporte|rapportait|révèle|révélait|écrit|relate|croit savoir|selon|d['’]après"
    r"|a déclaré à|rapporté par|cité par|indique|confié à|interview à|dans les colonnes d[eu])"
    rf"\s{_ARTICLE}$",
    re.IGNORECASE,
)
_CALLED_A_PAPER = re.compile(
    r"\b(?:journal|quotidien|hebdomadaire|mensuel|agence|magazine|revue|daily|newspaper|paper|agency"
    rf"|weekly|broadcaster|analysts at|research firm|cabinet)\s{_ARTICLE}$",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?:\b(?:listed|traded|shares|trading|quoted|coté|cotée|cotés|introduit|introduite|flotation|float|debut)\b.{0,20}"
    r"\b(?:on|at|in|sur|à|au) (?:the |le |la |l['’])?)$",
    re.IGNORECASE,
)
_MEDIA = frozenset(("newspaper", "agency", "broadcaster", "market-research", "publisher"))
_REACH = 45


def salience_of(document: Document, mentions: list[Mention]) -> float:
    """0 to 1: title, early place and number of mentions, of the length of the article."""
    body = max(len(document.body.text), 1)
    title = any(m.field == "title" for m in mentions)
    starts = [m.start for m in mentions if m.field == "body"]
    early = 1.0 - min(starts) / body if starts else 0.5
    often = 1.0 - 0.6 ** len(mentions)
    return round(min(1.0, 0.35 * title + 0.3 * early + 0.35 * often), 3)


def role_of(document: Document, candidate: Candidate, mentions: list[Mention]) -> CompanyRole:
    """The part a company plays: all its mentions must agree to make it no actor."""
    record = candidate.record
    kinds = frozenset(record.kinds) if record else frozenset()
    named = [m for m in mentions if m.kind != "reference"]
    if not named or len(named) > 3:
        return "actor"
    if "exchange" in kinds and all(_LISTED.search(_before(document, m)) for m in named):
        return "listing"
    media = bool(kinds & _MEDIA)
    if all(_reports(document, m, media) for m in named):
        return "source"
    return "actor"


def _before(document: Document, mention: Mention) -> str:
    return document.field(mention.field).text[max(0, mention.start - _REACH) : mention.start]


def _reports(document: Document, mention: Mention, media: bool) -> bool:
    """Whether this mention only says who reports; of what is no medium only if it is called one."""
    before = _before(document, mention)
    if _CALLED_A_PAPER.search(before):
        return True
    after = document.field(mention.field).text[mention.end : mention.end + _REACH]
    return media and bool(_REPORTS.search(after) or _TOLD_TO.search(before))
