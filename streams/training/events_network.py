"""Train the network of the event model with PyTorch, on one thread, the same on every run."""

import collections
import random
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from streams.articles.events.network import REACH, encode

LABEL_SIZE = 48
PLACE_SIZE = 12
STATES = 80
HIDDEN = 64
EPOCHS = 8
BATCH = 128
RATE = 2e-3
DECAY = 0.02
LEAST = 3
POSITIVE_WEIGHT = 1.5
ACROSS_SHARE = 0.4
FORGET = 0.08

Floats = npt.NDArray[np.float32]


class Convolutions(nn.Module):
    """Three convolutions over labels and places, pooled before, between and after the pair."""

    def __init__(self, labels: int, concepts: npt.NDArray[np.intp], circumstances: int) -> None:
        super().__init__()
        self.register_buffer("concepts", torch.tensor(concepts))
        self.label = nn.Embedding(labels, LABEL_SIZE, padding_idx=0)
        self.concept = nn.Embedding(int(concepts.max()) + 1, LABEL_SIZE, padding_idx=0)
        for table in (self.label, self.concept):
            nn.init.normal_(table.weight, 0, 0.5)
            table.weight.data[0] = 0
        self.left = nn.Embedding(2 * REACH + 3, PLACE_SIZE, padding_idx=0)
        self.right = nn.Embedding(2 * REACH + 3, PLACE_SIZE, padding_idx=0)
        inputs = LABEL_SIZE + 2 * PLACE_SIZE
        self.c1 = nn.Conv1d(inputs, STATES, 3, padding=1)
        self.c2 = nn.Conv1d(STATES, STATES, 3, padding=2, dilation=2)
        self.c3 = nn.Conv1d(STATES, STATES, 3, padding=4, dilation=4)
        self.o1 = nn.Linear(STATES * 5 + circumstances, HIDDEN)
        self.o2 = nn.Linear(HIDDEN, 3)
        self.light = nn.Dropout(0.3)
        self.heavy = nn.Dropout(0.4)

    def forward(self, coded: Sequence[torch.Tensor], circumstances: torch.Tensor) -> torch.Tensor:
        """Log-odds (passages, 3) of passages as `encode` gives them."""
        label, left, right, region = coded
        embedded = self.label(label) + self.concept(self.concepts[label])
        joined = torch.cat([embedded, self.left(left), self.right(right)], -1)
        mask = (label > 0).unsqueeze(1).float()
        state = torch.relu(self.c1(self.light(joined).transpose(1, 2))) * mask
        state = (state + torch.relu(self.c2(state))) * mask
        state = (state + torch.relu(self.c3(state))) * mask
        pools = [self._pool(state, region == k) for k in (1, 2, 3)]
        pools += [self._pool(state, place == REACH + 1) for place in (left, right)]
        joined = self.heavy(torch.cat([*pools, circumstances], 1))
        scored: torch.Tensor = self.o2(self.heavy(torch.relu(self.o1(joined))))
        return scored

    @staticmethod
    def _pool(state: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
        return (state * where.unsqueeze(1)).amax(2)

    def stored(self) -> dict[str, Floats]:
        """The weights as `network.Network.build` reads them."""
        with torch.no_grad():
            labels = self.label.weight + self.concept.weight[self.concepts]
            arrays = {"labels": labels, "left": self.left.weight, "right": self.right.weight}
            for name in ("c1", "c2", "c3", "o1", "o2"):
                layer = getattr(self, name)
                arrays |= {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}
            return {name: value.numpy().copy() for name, value in arrays.items()}


def label_numbers(sequences: Sequence[list[str]]) -> dict[str, int]:
    """Labels seen often enough, from 2 (0 is padding, 1 an unknown label)."""
    counts = collections.Counter(label for sequence in sequences for label in sequence)
    kept = sorted(label for label, count in counts.items() if count >= LEAST)
    return {label: number + 2 for number, label in enumerate(kept)}


def concept_numbers(labels: Mapping[str, int]) -> npt.NDArray[np.intp]:
    """For each label the number of its concept (the class without its part of speech)."""
    names = sorted({label.partition(".")[0] for label in labels})
    numbers = {name: number + 2 for number, name in enumerate(names)}
    concepts = np.zeros(len(labels) + 2, np.intp)
    concepts[1] = 1
    for label, number in labels.items():
        concepts[number] = numbers[label.partition(".")[0]]
    return concepts


def fit(
    sequences: Sequence[list[str]],
    circumstances: Floats,
    told: Floats,
    weights: Floats,
    seed: int,
) -> tuple[dict[str, int], dict[str, Floats]]:
    """Train one network; `told` and `weights` are (passages, 3). Returns labels and arrays."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    labels = label_numbers(sequences)
    coded = [torch.tensor(part) for part in encode(labels, sequences)]
    lengths = (coded[0] > 0).sum(1).numpy()
    net = Convolutions(len(labels) + 2, concept_numbers(labels), circumstances.shape[1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    across = np.array([sequence[0] not in ("<S>", "<T>") for sequence in sequences])
    positive = told.sum(1) > 0
    kept = np.flatnonzero(positive | ~across)
    drawn = np.flatnonzero(~positive & across)
    scale = np.where((~positive & across)[:, None], 1 / ACROSS_SHARE, 1.0)
    loss_weights = torch.tensor(
        (weights * (1 + (POSITIVE_WEIGHT - 1) * told) * scale).astype(np.float32)
    )
    goal, given = torch.tensor(told), torch.tensor(circumstances)
    step = 0
    for epoch in range(EPOCHS):
        share = rng.choice(drawn, int(len(drawn) * ACROSS_SHARE), replace=False)
        batches = _batches(np.concatenate([kept, share]), lengths, rng, epoch)
        net.train()
        for batch in batches:
            step += 1
            done = step / (EPOCHS * len(batches))
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, step / 200) * max(0.02, 1 - done)
            rows = torch.tensor(batch)
            parts = [part[rows][:, : int(lengths[batch].max())] for part in coded]
            parts[0] = _forget(parts)
            losses = nn.functional.binary_cross_entropy_with_logits(
                net(parts, given[rows]), goal[rows], reduction="none"
            )
            loss = (losses * loss_weights[rows]).sum() / len(batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
    return labels, net.stored()


def _batches(
    rows: npt.NDArray[np.intp], lengths: npt.NDArray[np.intp], rng: np.random.Generator, epoch: int
) -> list[npt.NDArray[np.intp]]:
    """Batches of passages of like length, in random order."""
    rng.shuffle(rows)
    batches: list[npt.NDArray[np.intp]] = []
    for start in range(0, len(rows), BATCH * 20):
        chunk = rows[start : start + BATCH * 20]
        chunk = chunk[np.argsort(lengths[chunk], kind="stable")]
        batches += [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
    random.Random(epoch).shuffle(batches)  # noqa: S311 - no secret depends on it
    return batches


def _forget(parts: Sequence[torch.Tensor]) -> torch.Tensor:
    """Some labels made unknown, never those of the pair."""
    label, left, right, _ = parts
    lost = (torch.rand(label.shape) < FORGET) & (label > 0)
    lost &= (left != REACH + 1) & (right != REACH + 1)
    return torch.where(lost, torch.ones_like(label), label)
