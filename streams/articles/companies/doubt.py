"""Where the tagger is in doubt the encoder, which reads the whole article, is asked as well."""

import numpy as np

from streams.articles.companies.features import ArticleView
from streams.articles.companies.spans import OUTSIDE, Array
from streams.articles.encoder.reading import EncodedArticle

DOUBT = (0.03, 0.97)  # probabilities of being part of a name between which the tagger is in doubt
_LEAST = 1e-6


def doubtful(probabilities: Array) -> bool:
    """Whether the tagger is in doubt about any word."""
    inside = 1.0 - probabilities[:, OUTSIDE]
    low, high = DOUBT
    return bool(((inside > low) & (inside < high)).any())


def blended(article: ArticleView, probabilities: Array, encoded: EncodedArticle) -> Array:
    """The probabilities of both, by their weighted geometric mean; the tagger's where unread."""
    fields = zip(article.fields, encoded.names(), strict=True)
    rows = [names[run.start : run.end] for view, names in fields for run in view.runs]
    told = np.concatenate(rows)
    share = encoded.blend.names
    mixed = np.exp(
        share * np.log(np.maximum(told, _LEAST))
        + (1.0 - share) * np.log(np.maximum(probabilities, _LEAST))
    )
    mixed /= mixed.sum(axis=1, keepdims=True)
    both: Array = np.where(np.isnan(told), probabilities, mixed).astype(np.float32)
    return both
