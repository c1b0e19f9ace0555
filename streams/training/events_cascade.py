"""Train the word network of the event model with PyTorch, on one thread, the same on every run.

    python -m streams.training.events_cascade --vectors FILE [--unseen FILE] [--core FILE]

Learns from what `streams.training.events` learns from, and once more from the written texts with
the companies that the finder sees in place of the annotated ones, so that wrong and missing
companies are no surprise to it. Writes `streams/articles/events/data/cascade.npz`. `--vectors` is
what `streams.training.events_vectors` wrote. Needs the extra `train`.
"""

import argparse
import collections
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from streams.articles.events.cascade import (
    MARKERS,
    MIDDLE,
    SEGMENTS,
    STEPS,
    Coded,
    Words,
    encode,
)
from streams.articles.events.model import RELATIONS
from streams.articles.events.wording import circumstances, wording
from streams.training.events import digest, gather
from streams.training.events_data import Example, examples, load
from streams.training.events_frames import FRAMES
from streams.training.events_seen import Seen
from streams.training.written import TEXTS, learned

OUTPUT = Path(__file__).parents[1] / "articles" / "events" / "data" / "cascade.npz"
STATES = 64
HIDDEN = 64
EPOCHS = 6
BATCH = 96
RATE = 3e-3
DECAY = 0.03
LEAST = 5
POSITIVE_WEIGHT = 1.5
ACROSS_SHARE = 0.25
ACROSS_WEIGHT = 0.5
FORGET = 0.1
WARM = 150
CALIBRATION = ((0.93, -0.08), (0.95, -0.3))  # slope and offset by type, from a fold of the texts
SCALE = 1 / 32  # one standard deviation of the vectors is stored as 32

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Task:
    """Passages as arrays, what is told of them, and how much each weighs."""

    coded: Coded
    numbers: Floats
    told: Floats
    weights: Floats
    across: npt.NDArray[np.bool_]
    shares: Floats  # chance of a passage to be looked at in an epoch


class WordConvolutions(nn.Module):
    """The network of `streams.articles.events.cascade`, to be trained."""

    def __init__(
        self, concepts: npt.NDArray[np.intp], vectors: npt.NDArray[np.int8], numbers: int
    ) -> None:
        super().__init__()
        table = torch.tensor(vectors.astype(np.float32) * SCALE)
        self.word = nn.Embedding.from_pretrained(table, freeze=True)
        self.project = nn.Linear(table.shape[1], STATES, bias=False)
        nn.init.normal_(self.project.weight, 0, 0.6 / table.shape[1] ** 0.5)
        self.register_buffer("concepts", torch.tensor(concepts))
        self.label = nn.Embedding(len(concepts), STATES, padding_idx=0)
        self.concept = nn.Embedding(int(concepts.max()) + 1, STATES, padding_idx=0)
        self.kind = nn.Embedding(MARKERS * SEGMENTS + 1, STATES, padding_idx=0)
        self.left = nn.Embedding(2 * MIDDLE + 1, STATES)
        self.right = nn.Embedding(2 * MIDDLE + 1, STATES)
        for embedding in (self.label, self.concept, self.kind, self.left, self.right):
            nn.init.normal_(embedding.weight, 0, 0.3)
        self.norm = nn.LayerNorm(STATES)
        self.layers = nn.ModuleList(
            nn.Conv1d(STATES, STATES, 3, padding=step, dilation=step) for step in STEPS
        )
        self.o1 = nn.Linear(STATES * 5 + numbers, HIDDEN)
        self.o2 = nn.Linear(HIDDEN, len(RELATIONS))
        self.light = nn.Dropout(0.25)
        self.heavy = nn.Dropout(0.2)

    def forward(self, coded: Sequence[torch.Tensor], numbers: torch.Tensor) -> torch.Tensor:
        """Log-odds (passages, 3)."""
        label, word, kind, left, right, region = coded
        mask = (kind > 0).unsqueeze(1).float()
        summed = self.project(self.word(word)) + self.label(label) + self.kind(kind)
        summed = summed + self.concept(self.concepts[label])
        summed = summed + self.left(left) + self.right(right)
        state = self.light(self.norm(summed)).transpose(1, 2) * mask
        for layer in self.layers:
            state = (state + torch.relu(layer(state))) * mask
        pools = []
        for k in (1, 2, 3):
            where = (region == k).unsqueeze(1)
            top = state.masked_fill(~where, -1e4).amax(2)
            pools.append(torch.where(top < -9e3, torch.zeros_like(top), top))
        for place in (left, right):
            pools.append((state * (place == MIDDLE).unsqueeze(1) * mask).sum(2))
        joined = self.heavy(torch.cat([*pools, numbers], 1))
        scored: torch.Tensor = self.o2(self.heavy(torch.relu(self.o1(joined))))
        return scored

    def stored(self) -> dict[str, Floats]:
        """The weights as `WordNetwork` reads them."""
        with torch.no_grad():
            arrays = {
                "project": self.project.weight.T * SCALE,
                "label": self.label.weight + self.concept.weight[self.concepts],
                "kind": self.kind.weight,
                "left": self.left.weight,
                "right": self.right.weight,
                "norm.weight": self.norm.weight,
                "norm.bias": self.norm.bias,
            }
            for number, layer in enumerate(self.layers):
                kernel = layer.weight  # (outputs, inputs, 3)
                arrays[f"c{number}.weight"] = torch.cat([kernel[:, :, k].T for k in range(3)])
                arrays[f"c{number}.bias"] = layer.bias
            for name in ("o1", "o2"):
                arrays[f"{name}.weight"] = getattr(self, name).weight.T
                arrays[f"{name}.bias"] = getattr(self, name).bias
            return {name: value.numpy().copy() for name, value in arrays.items()}


def label_numbers(passages: Sequence[Sequence[str]]) -> dict[str, int]:
    """Classes seen often enough, from 2 (0 is padding, 1 a class seldom seen)."""
    counts = collections.Counter(label for labels in passages for label in labels)
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


def task(
    found: Sequence[Example],
    given: Sequence[float],
    shares: Sequence[float],
    words: Words,
) -> tuple[dict[str, int], Task]:
    """Examples as arrays, and the numbers of the classes."""
    passages = [wording(e.reading, e.passage) for e in found]
    labels = label_numbers([[t.label for t in p.tokens] for p in passages])
    told = np.array([[r in e.told for r in RELATIONS] for e in found], np.float32)
    usable = np.array([[r not in e.elsewhere for r in RELATIONS] for e in found])
    weights = usable * np.array(given)[:, None] * (1 + (POSITIVE_WEIGHT - 1) * told)
    across = np.array([e.passage.kind != "same" for e in found]) & (told.sum(1) == 0)
    weights *= np.where(across, ACROSS_WEIGHT / ACROSS_SHARE, 1.0)[:, None]
    return labels, Task(
        encode(labels, words, passages),
        np.array([circumstances(e.reading, e.passage) for e in found], np.float32),
        told,
        weights.astype(np.float32),
        across,
        np.where(across, ACROSS_SHARE, 1.0).astype(np.float32) * np.array(shares, np.float32),
    )


def fit(
    work: Task, labels: Mapping[str, int], vectors: npt.NDArray[np.int8], seed: int
) -> dict[str, Floats]:
    """Train one network and give its arrays."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    coded = [torch.tensor(part) for part in work.coded.parts()]
    lengths = (work.coded.kind > 0).sum(1)
    net = WordConvolutions(concept_numbers(labels), vectors, work.numbers.shape[1])
    learned = [p for p in net.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY)
    numbers, told, weights = (torch.tensor(x) for x in (work.numbers, work.told, work.weights))
    step = 0
    for epoch in range(EPOCHS):
        rows = np.flatnonzero(rng.random(len(work.shares)) < work.shares)
        batches = _batches(rows, lengths, rng, epoch)
        net.train()
        for batch in batches:
            step += 1
            done = step / (EPOCHS * len(batches))
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, step / WARM) * max(0.02, 1 - done)
            chosen = torch.tensor(batch)
            parts = [part[chosen][:, : int(lengths[batch].max())] for part in coded]
            _forget(parts)
            losses = nn.functional.binary_cross_entropy_with_logits(
                net(parts, numbers[chosen]), told[chosen], reduction="none"
            )
            loss = (losses * weights[chosen]).sum() / len(batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(learned, 2.0)
            optimiser.step()
    return net.stored()


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


def _forget(parts: list[torch.Tensor]) -> None:
    """Some classes and some words made unknown, never those of companies."""
    plain = (parts[2] > 0) & ((parts[2] - 1) % MARKERS == 0)
    for place in (0, 1):
        lost = (torch.rand(plain.shape) < FORGET) & plain
        parts[place] = torch.where(lost, torch.ones_like(parts[place]), parts[place])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--vectors", type=Path, required=True, help="word vectors (npz)")
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--unseen", type=Path, help="what companies_unseen wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    with np.load(arguments.vectors, allow_pickle=False) as stored:
        forms = bytes(stored["forms"]).decode("utf-8").split("\n")
        vectors = stored["vectors"]
    written = learned(load(sorted(arguments.texts.glob("*.jsonl"))))
    found, weights = gather(arguments.texts, arguments.core, arguments.also)
    seen = examples(written, Seen(arguments.unseen))
    again = len(examples(written))
    shares = [1.0] * len(found) + [0.5] * len(seen)
    shares[:again] = [0.5] * again
    labels, work = task([*found, *seen], [*weights, *([1.0] * len(seen))], shares, Words(forms))
    arrays = fit(work, labels, vectors, arguments.seed)
    sources = [*sorted(arguments.texts.glob("*.jsonl")), FRAMES, *arguments.also]
    sources += [*([arguments.core] if arguments.core else []), arguments.vectors]
    np.savez_compressed(
        arguments.output,
        version=np.array(f"words-{digest(sources)[:12]}"),
        label_names=np.frombuffer("\n".join(labels).encode(), np.uint8),
        word_forms=np.frombuffer("\n".join(forms).encode(), np.uint8),
        vectors=vectors,
        calibration=np.array(CALIBRATION, np.float32),
        **{name: value.astype(np.float16) for name, value in arrays.items()},  # type: ignore[arg-type]
    )
    print(f"{len(work.told)} passages, {len(labels)} classes, {len(forms)} words")  # noqa: T201


if __name__ == "__main__":
    main()
