"""From a document and its companies to competition and partnership events.

`EventDetector.load().detect(document, companies)` is pure and deterministic; its cost is linear in the
number of words and bounded in the number of companies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streams.articles.document import Document
from streams.articles.events import amounts as money
from streams.articles.events.candidates import Passage, Reading, pairs, passages, read
from streams.articles.events.evidence import evidence
from streams.articles.events.features import features, skeleton
from streams.articles.events.model import (
    RELATIONS,
    TYPES,
    Floats,
    LinearModel,
    status,
    subtype,
)
from streams.articles.events.roles import roles
from streams.messages import (
    Amount,
    Company,
    EventType,
    Evidence,
    ParticipantRole,
    Status,
    Subtype,
)

THRESHOLDS: Mapping[EventType, float] = {"competition": 0.34, "partnership": 0.38}


@dataclass(frozen=True, slots=True)
class DetectedEvent:
    """An event between two companies of the article, without what the caller adds (ids, times)."""

    type: EventType
    subtype: Subtype
    status: Status
    participants: tuple[tuple[str, ParticipantRole], tuple[str, ParticipantRole]]
    confidence: float
    evidence: Evidence
    amounts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature that holds of the passage, and its weight (log-odds; negative speaks against)."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided for one pair and one type, and what spoke for and against it."""

    pair: tuple[str, str]
    type: EventType
    confidence: float
    threshold: float
    decision: bool
    passage: str
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class _Judged:
    """A passage with its scores."""

    passage: Passage
    features: list[str]
    scores: Floats
    chances: list[float]  # by RELATIONS


class EventDetector:
    """Finds the events of an article.

    Args:
        model: weights; the shipped ones if absent.
        thresholds: least confidence by type, 0 to 1.
    """

    def __init__(
        self, model: LinearModel | None = None, thresholds: Mapping[EventType, float] | None = None
    ) -> None:
        self._model = model if model is not None else LinearModel.load()
        self._thresholds = {**THRESHOLDS, **(thresholds or {})}
        for name, value in self._thresholds.items():
            if name not in TYPES or not 0.0 <= value <= 1.0:
                raise ValueError(f"threshold of {name!r} must lie between 0 and 1, not {value}")

    @classmethod
    def load(cls) -> "EventDetector":
        """The detector with the shipped model and thresholds."""
        return cls()

    @property
    def version(self) -> str:
        """Version of the model."""
        return self._model.version

    def detect(self, document: Document, companies: Sequence[Company]) -> list[DetectedEvent]:
        """Events of the article: at most one for each type, pair and status, in order of evidence."""
        if len(companies) < 2:
            return []
        reading = read(document, companies)
        found: list[tuple[int, DetectedEvent]] = []
        for a, b in pairs(reading):
            judged = self._judge(reading, a, b)
            for column, event in enumerate(TYPES):
                best = max(judged, key=lambda j: j.chances[column], default=None)
                if best is None or best.chances[column] < self._thresholds[event]:
                    continue
                number = best.passage.sentence.number
                found.append((number, self._event(reading, event, best, best.chances[column])))
        found.sort(key=lambda f: f[0])
        return [event for _, event in found]

    def explain(self, document: Document, companies: Sequence[Company]) -> list[Judgement]:
        """Every candidate pair and type with its best passage, and what spoke for and against."""
        if len(companies) < 2:
            return []
        reading = read(document, companies)
        out: list[Judgement] = []
        for a, b in pairs(reading):
            judged = self._judge(reading, a, b)
            for column, event in enumerate(TYPES):
                if judged:
                    best = max(judged, key=lambda j: j.chances[column])
                    out.append(self._judgement(reading, (a, b), event, best))
        return out

    def _judge(self, reading: Reading, a: int, b: int) -> list[_Judged]:
        judged: list[_Judged] = []
        for passage in passages(reading, a, b):
            named = features(reading, passage)
            scores = self._model.score(named)
            chances = [_chance(float(scores[c])) for c in range(len(RELATIONS))]
            judged.append(_Judged(passage, named, scores, chances))
        return judged

    def _event(
        self, reading: Reading, event: EventType, judged: _Judged, chance: float
    ) -> DetectedEvent:
        passage = judged.passage
        kind = subtype(judged.scores, event)
        tokens, _ = skeleton(passage.sentence, passage.left, passage.right)
        left, right = roles(event, kind, tokens)
        ids = reading.companies[passage.left].id, reading.companies[passage.right].id
        proof = evidence(reading, passage, event)
        sides: tuple[tuple[str, ParticipantRole], tuple[str, ParticipantRole]]
        sides = ((ids[0], left), (ids[1], right))
        if ids[0] > ids[1]:
            sides = (sides[1], sides[0])
        return DetectedEvent(
            type=event,
            subtype=kind,
            status=status(judged.scores),
            participants=sides,
            confidence=round(chance, 4),
            evidence=proof,
            amounts=money.amounts(proof.text) if event == "partnership" else (),
        )

    def _judgement(
        self, reading: Reading, pair: tuple[int, int], event: EventType, judged: _Judged
    ) -> Judgement:
        column = TYPES.index(event)
        reasons = [Reason(f, round(self._model.weight(f, event), 3)) for f in judged.features]
        reasons = [r for r in reasons if abs(r.weight) >= 0.05]
        reasons.sort(key=lambda r: (-abs(r.weight), r.feature))
        chance = judged.chances[column]
        return Judgement(
            pair=(reading.companies[pair[0]].id, reading.companies[pair[1]].id),
            type=event,
            confidence=round(chance, 4),
            threshold=self._thresholds[event],
            decision=chance >= self._thresholds[event],
            passage=evidence(reading, judged.passage, event).text,
            reasons=tuple(reasons[:20]),
        )


def _chance(score: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(score, -30.0, 30.0))))
