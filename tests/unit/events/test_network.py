import numpy as np
import pytest

from streams.articles.events.model import EventModel
from streams.articles.events.network import REACH, encode


def test_places_are_counted_from_the_pair() -> None:
    label, left, right, region = encode({"Xn": 2, "Yn": 3}, [["<S>", "Xn", "?", "Yn", "?"]])
    assert label[0].tolist() == [1, 2, 1, 3, 1]
    assert (left[0] - REACH - 1).tolist() == [-1, 0, 1, 2, 3]
    assert (right[0] - REACH - 1).tolist() == [-3, -2, -1, 0, 1]
    assert region[0].tolist() == [1, 2, 2, 2, 3]


def test_a_passage_scores_the_same_beside_longer_ones() -> None:
    (network, *_) = EventModel.load().networks
    short = ["<S>", "Xn", "COMPETE.v", "WITH", "Yn"]
    long = ["<S>", *["WORD", "COMMA"] * 20, "Xn", "PARTNER.v", "WITH", "Yn"]
    size = network.hidden[0].shape[0] - 5 * network.layers[0].bias.shape[0]
    numbers = [0.0] * size
    alone = network.score([short], [numbers])[0]
    beside = network.score([short, long], [numbers, numbers])[0]
    assert beside == pytest.approx(alone, abs=1e-4)


def test_the_two_types_are_told_apart() -> None:
    (network, *_) = EventModel.load().networks
    size = network.hidden[0].shape[0] - 5 * network.layers[0].bias.shape[0]
    rivals = ["<S>", "Xn", "COMPETE.v", "WITH", "Yn", "STOP"]
    allies = ["<S>", "Xn", "PARTNER.v", "WITH", "Yn", "STOP"]
    scores = network.score([rivals, allies], [[0.0] * size] * 2)
    assert np.argmax(scores[0, :2]) == 0
    assert np.argmax(scores[1, :2]) == 1
