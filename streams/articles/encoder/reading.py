"""What the encoder says of an article, as the stages that ask it see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from streams.messages import Company

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairReading:
    """What the article tells of a pair: log-odds by relation, log-probabilities of the statuses.

    `odds` is by `events.model.RELATIONS`; `status` has a row for competition and one for
    partnership, and a column for each of `events.model.STATUSES`.
    """

    odds: Floats
    status: Floats


class Blend(msgspec.Struct, frozen=True):
    """How the encoder's word is weighed against that of the quick models.

    `names` is the encoder's share in the log-probability of a label. `events` holds by type an
    offset and the weights of the quick log-odds and of the encoder's; `thresholds` by type the least
    confidence.
    """

    names: float
    events: Mapping[str, tuple[float, float, float]]
    status: float
    thresholds: Mapping[str, float]


class EncodedArticle(Protocol):
    """An article that the encoder can be asked about; it reads when it is asked first."""

    @property
    def blend(self) -> Blend:
        """How to weigh what it says."""

    def names(self) -> tuple[Floats, Floats]:
        """Probabilities [word, label] of title and body (`companies.tagger.LABELS`); nan where unread."""

    def relations(self, companies: Sequence[Company]) -> Mapping[tuple[int, int], PairReading]:
        """What is told of each pair of companies, by their numbers, the lower first."""
