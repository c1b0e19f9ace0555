"""From a document and its companies to competition and partnership events.

`EventDetector.load().detect(document, companies)` is pure and deterministic; its cost is linear in
the number of words and bounded in the number of companies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from streams.articles.document import Document
from streams.articles.encoder.reading import Blend, EncodedArticle, PairReading
from streams.articles.events import amounts as money
from streams.articles.events.candidates import Passage, Reading, pairs, passages, read
from streams.articles.events.evidence import evidence
from streams.articles.events.features import skeleton
from streams.articles.events.model import (
    COLUMNS,
    STATUSES,
    TYPES,
    EventModel,
    Scored,
    blended,
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

THRESHOLDS: Mapping[EventType, float] = {"competition": 0.32, "partnership": 0.4}
LEAST_REASON = 0.05
MAX_REASONS = 20


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
    linear: float  # log-odds of the linear model
    combined: float  # log-odds of the cascade; the same where the word network was not asked
    encoder: float | None  # log-odds of the encoder, where it was asked
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    """The scored passages of a pair, and what the encoder says of it where it was asked."""

    passages: Sequence[Scored]
    told: PairReading | None


class EventDetector:
    """Finds the events of an article.

    Args:
        model: weights; the shipped ones if absent.
        thresholds: least confidence by type, 0 to 1.
    """

    def __init__(
        self, model: EventModel | None = None, thresholds: Mapping[EventType, float] | None = None
    ) -> None:
        self._model = model if model is not None else EventModel.load()
        self._asked = frozenset(thresholds or ())
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

    def detect(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None = None,
    ) -> list[DetectedEvent]:
        """Events of the article, at most one for each type and pair, in order of evidence.

        Args:
            document: the article.
            companies: its companies, by first mention.
            encoded: the encoder, to be asked where an event is possible.
        """
        if len(companies) < 2:
            return []
        found: list[tuple[int, DetectedEvent]] = []
        reading = read(document, companies)
        blend = None if encoded is None else encoded.blend
        for judged in self._judge(reading, encoded).values():
            for event in TYPES:
                best, confidence = self._best(judged, event, blend)
                if confidence >= self._least(event, blend):
                    number = best.passage.sentence.number
                    made = self._event(reading, event, best, confidence, judged.told, blend)
                    found.append((number, made))
        found.sort(key=lambda f: f[0])
        return [event for _, event in found]

    def explain(
        self,
        document: Document,
        companies: Sequence[Company],
        encoded: EncodedArticle | None = None,
    ) -> list[Judgement]:
        """Every candidate pair and type with its best passage, and what spoke for and against."""
        if len(companies) < 2:
            return []
        reading = read(document, companies)
        blend = None if encoded is None else encoded.blend
        out: list[Judgement] = []
        for pair, judged in self._judge(reading, encoded).items():
            for event in TYPES:
                best, confidence = self._best(judged, event, blend)
                least = self._least(event, blend)
                out.append(self._judgement(reading, pair, event, best, confidence, least, judged))
        return out

    def _judge(
        self, reading: Reading, encoded: EncodedArticle | None
    ) -> dict[tuple[int, int], _Pair]:
        """Scored passages of every pair that has any."""
        found = {pair: passages(reading, *pair) for pair in pairs(reading)}
        scored = iter(self._model.judge(reading, [p for ps in found.values() for p in ps]))
        judged = {pair: [next(scored) for _ in ps] for pair, ps in found.items() if ps}
        told: Mapping[tuple[int, int], PairReading] = {}
        if encoded is not None:
            ask = encoded.blend.ask
            chance = {p: max(max(s.odds[: len(TYPES)]) for s in judged[p]) for p in judged}
            doubtful = [pair for pair, odds in chance.items() if odds >= ask]
            told = encoded.relations(reading.companies, doubtful) if doubtful else {}
        return {pair: _Pair(ss, told.get(pair)) for pair, ss in judged.items()}

    def _best(self, judged: _Pair, event: EventType, blend: Blend | None) -> tuple[Scored, float]:
        column = TYPES.index(event)
        best = max(judged.passages, key=lambda one: one.odds[column])
        if judged.told is None or blend is None:
            return best, self._model.confidence(best, event)
        quick, told = best.odds[column], float(judged.told.odds[column])
        return best, blended(quick, told, blend.events[event])

    def _least(self, event: EventType, blend: Blend | None) -> float:
        """The threshold that was asked for, else the one that fits what judges."""
        if event in self._asked or blend is None:
            return self._thresholds[event]
        return blend.thresholds[event]

    def _event(
        self,
        reading: Reading,
        event: EventType,
        scored: Scored,
        confidence: float,
        told: PairReading | None,
        blend: Blend | None,
    ) -> DetectedEvent:
        passage = scored.passage
        kind = subtype(self._model.linear(scored.rows), event)
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
            status=self._status(reading, passage, event, told, blend),
            participants=sides,
            confidence=round(confidence, 4),
            evidence=proof,
            amounts=money.amounts(proof.text) if event == "partnership" else (),
        )

    def _status(
        self,
        reading: Reading,
        passage: Passage,
        event: EventType,
        told: PairReading | None,
        blend: Blend | None,
    ) -> Status:
        quick = self._model.status_odds(reading, passage, event)
        if told is None or blend is None:
            return STATUSES[int(np.argmax(quick))]
        share = blend.status
        return STATUSES[
            int(np.argmax((1 - share) * quick + share * told.status[TYPES.index(event)]))
        ]

    def _judgement(
        self,
        reading: Reading,
        pair: tuple[int, int],
        event: EventType,
        scored: Scored,
        confidence: float,
        threshold: float,
        judged: _Pair,
    ) -> Judgement:
        names, weights = self._model.names, self._model.weights[:, COLUMNS.index(event)]
        reasons = [Reason(names[row], round(float(weights[row]), 3)) for row in scored.rows]
        reasons = [r for r in reasons if abs(r.weight) >= LEAST_REASON]
        reasons.sort(key=lambda r: (-abs(r.weight), r.feature))
        return Judgement(
            pair=(reading.companies[pair[0]].id, reading.companies[pair[1]].id),
            type=event,
            confidence=round(confidence, 4),
            threshold=threshold,
            decision=confidence >= threshold,
            passage=evidence(reading, scored.passage, event).text,
            linear=round(scored.linear[TYPES.index(event)], 3),
            combined=round(scored.odds[TYPES.index(event)], 3),
            encoder=None
            if judged.told is None
            else round(float(judged.told.odds[TYPES.index(event)]), 3),
            reasons=tuple(reasons[:MAX_REASONS]),
        )
