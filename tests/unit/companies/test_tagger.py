"""The tagger's sums are right, and its file is the same each time."""

import itertools
from pathlib import Path

import numpy as np

from streams.articles.companies.tagger import MODEL_FILE, TaggerModel, forward_backward


def by_enumeration(scores: np.ndarray, chain: np.ndarray) -> np.ndarray:
    """Marginals of one chain, summed over every sequence of labels."""
    words, labels = scores.shape
    marginals = np.zeros_like(scores, dtype=np.float64)
    for path in itertools.product(range(labels), repeat=words):
        weight = np.exp(sum(scores[i, label] for i, label in enumerate(path)))
        for before, after in itertools.pairwise(path):
            weight *= chain[before, after]
        for i, label in enumerate(path):
            marginals[i, label] += weight
    result: np.ndarray = marginals / marginals.sum(axis=1, keepdims=True)
    return result


def test_marginals_are_those_of_all_label_sequences() -> None:
    random = np.random.default_rng(1)
    chain = np.exp(random.normal(size=(5, 5))).astype(np.float32)
    lengths = np.array([1, 4, 2, 1, 3])
    scores = random.normal(scale=2, size=(int(lengths.sum()), 5)).astype(np.float32)
    found = forward_backward(scores, lengths, chain)
    at = 0
    for length in lengths.tolist():
        expected = by_enumeration(scores[at : at + length], chain)
        np.testing.assert_allclose(found[at : at + length], expected, atol=1e-4)
        at += length


def test_large_scores_do_not_overflow() -> None:
    scores = np.array([[900.0, -900, 0, 0, 0], [-900, 900, 0, 0, 0]], np.float32)
    found = forward_backward(scores, np.array([2]), np.ones((5, 5), np.float32))
    assert np.isfinite(found).all()
    assert found.argmax(axis=1).tolist() == [0, 1]


def test_a_model_read_and_written_has_the_same_bytes(tmp_path: Path) -> None:
    model = TaggerModel.load()
    model.save(tmp_path / "first.npz")
    TaggerModel.load(tmp_path / "first.npz").save(tmp_path / "second.npz")
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_the_model_is_small_and_says_what_it_was_made_of() -> None:
    assert MODEL_FILE.stat().st_size < 10_000_000
    card = TaggerModel.load().card
    assert card["texts"]
    assert all(len(digest) == 16 for digest in card["texts"].values())
