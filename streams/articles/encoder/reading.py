"""What the encoder says of an article, as the stages that ask it see it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from streams.articles.document import Document
from streams.messages import Company

LABELS = 5  # of `companies.tagger.LABELS`
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

    It is asked about pairs for which the quick models see log-odds of `ask` or more. `events` holds by
    type an offset and the weights of the quick log-odds and of the encoder's; `status` is the
    encoder's share, `thresholds` the least confidence by type.
    """

    ask: float
    events: Mapping[str, tuple[float, float, float]]
    status: float
    thresholds: Mapping[str, float]


def shipped_version() -> str:
    """Version of the shipped encoder, without reading it."""
    with (
        as_file(files(__package__).joinpath("data/pieces.npz")) as path,
        np.load(path, allow_pickle=False) as stored,
    ):
        return str(stored["version"])


class NameBlend(msgspec.Struct, frozen=True):
    """How the encoder's word on names is weighed against the tagger's.

    It is asked where without it some name has a chance of `ask` to be a company. `of_quick` and
    `of_encoder` weigh the scores of the two in one chain; `judge` has the weights of the judge that goes
    with it, as `companies.judge.Judge.of` takes them, `least` the least confidence.
    """

    ask: float
    of_quick: float
    of_encoder: float
    least: float
    judge: tuple[float, ...]


class NameReader(Protocol):
    """What the company finder sees of the encoder."""

    @property
    def blend(self) -> NameBlend:
        """How to weigh what it says."""

    def of(self, document: Document) -> Mapping[str, Floats]:
        """Log-probabilities [word, label] of the tagger's labels, by field; zeros where unread."""


class EncodedArticle(Protocol):
    """An article that the encoder can be asked about; it reads when it is asked first."""

    @property
    def blend(self) -> Blend:
        """How to weigh what it says."""

    def relations(
        self, companies: Sequence[Company], doubtful: Collection[tuple[int, int]]
    ) -> Mapping[tuple[int, int], PairReading]:
        """What is told of pairs of companies, by their numbers, the lower first.

        Args:
            companies: the companies of the article.
            doubtful: pairs that the encoder is asked about; what it reads for them tells of others too.
        """
