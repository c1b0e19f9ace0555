"""Annotated texts as batches for the encoder, cut by the same code that cuts articles."""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import cut
from streams.articles.encoder.pieces import PADDING, UNKNOWN, Pieces
from streams.articles.encoder.window import MOST_COMPANIES, Naming, Window, namings, windows
from streams.articles.events.model import RELATIONS, STATUSES, TYPES
from streams.messages import Company
from streams.training import events_core
from streams.training.events_data import Record, document_of

T = TypeVar("T")
UNLABELLED = -100
ROUND = 32  # lengths are filled up to a multiple, so that the network meets few shapes
HIDDEN = 0.3  # share of companies whose names are hidden, so that no relation is learned by heart


@dataclass(slots=True)
class Item:
    """The first window of a text, its companies, and what is told of which pair.

    `told` maps a pair of `named` to relation and status; `only` is the one pair of which anything is
    known.
    """

    window: Window
    named: list[Naming]
    told: dict[tuple[int, int], dict[int, int]] = field(default_factory=dict)
    only: tuple[int, int] | None = None


def item(record: Record, companies: list[Company], pieces: Pieces) -> Item:
    """A record with these companies, under the ids of its annotation."""
    document = document_of(record)
    window = windows(document, pieces)[0]
    named = namings(document, window, companies)
    row = {companies[naming.company].id: number for number, naming in enumerate(named)}
    found = Item(window, named)
    for event in record.get("events", []):
        if event["type"] not in RELATIONS:
            continue
        for a, b in itertools.combinations(sorted(set(event["participants"])), 2):
            if a in row and b in row:
                pair = min(row[a], row[b]), max(row[a], row[b])
                how = STATUSES.index(event["status"]) if event["type"] in TYPES else UNLABELLED
                found.told.setdefault(pair, {})[RELATIONS.index(event["type"])] = how
    return found


def core_items(path: Path, pieces: Pieces) -> list[Item]:
    """The sentences of CORE to learn from: one pair each of which anything is known."""
    finder = CompanyFinder(registry.load(), TaggerModel.load())
    found: list[Item] = []
    for given in events_core.parts(path)[0]:
        text, _ = events_core.sentence(given["context"])
        document = cut("", text, "en")
        companies = events_core.companies_in(given, finder)
        if companies is None:
            continue
        window = windows(document, pieces)[0]
        named = namings(document, window, companies)
        if [naming.company for naming in named[:2]] != [0, 1]:
            continue
        relation = events_core.RELATIONS.get(given["relation"])
        told = {RELATIONS.index(relation): UNLABELLED} if relation else {}
        found.append(Item(window, named, {(0, 1): told}, (0, 1)))
    return found


@dataclass(slots=True)
class Batch:
    """Texts as tensors, filled up to the longest; pairs of all texts in one row."""

    pieces: Tensor
    bias: Tensor
    kind: Tensor
    company: Tensor
    spread: Tensor
    begins: Tensor
    counts: Tensor
    text: Tensor
    left: Tensor
    right: Tensor
    told: Tensor
    status: Tensor


def batch(items: Sequence[Item], chance: random.Random | None) -> Batch:
    """Tensors of some items; with `chance` companies are numbered and names hidden at random."""
    texts = len(items)
    longest = -(-max(len(i.window.pieces) for i in items) // ROUND) * ROUND
    companies = max(1, *(len(i.named) for i in items), 1)
    most = max(1, *(len(n.places) for i in items for n in i.named), 1)

    def zeros(*shape: int) -> Tensor:
        return torch.zeros(texts, *shape, dtype=torch.long)

    pieces, kind, company = zeros(longest) + PADDING, zeros(longest), zeros(longest)
    bias = torch.full((texts, 1, 1, longest), -1e4)
    spread = torch.zeros(texts, companies, longest)
    begins, counts = zeros(companies, most), torch.zeros(texts, companies, most)
    pairs: list[tuple[int, int, int]] = []
    told: list[list[float]] = []
    status: list[list[int]] = []
    for row, one in enumerate(items):
        size = len(one.window.pieces)
        pieces[row, :size] = torch.tensor(one.window.pieces)
        bias[row, :, :, :size] = 0
        numbers = list(range(1, MOST_COMPANIES + 1))
        if chance is not None:
            chance.shuffle(numbers)
        for number, naming in enumerate(one.named):
            hidden = chance is not None and chance.random() < HIDDEN
            for column, (start, end, sort) in enumerate(naming.places):
                kind[row, start:end] = sort
                company[row, start:end] = numbers[number]
                if hidden:
                    pieces[row, start:end] = UNKNOWN
                spread[row, number, start] = 1
                begins[row, number, column] = start
                counts[row, number, column] = 1
        for pair in itertools.combinations(range(len(one.named)), 2):
            if one.only is None or one.only == pair:
                known = one.told.get(pair, {})
                pairs.append((row, *pair))
                told.append([float(relation in known) for relation in range(len(RELATIONS))])
                status.append([known.get(type_, UNLABELLED) for type_ in range(len(TYPES))])
    text, left, right = torch.tensor(pairs, dtype=torch.long).view(-1, 3).T
    spread = spread / spread.sum(-1, keepdim=True).clamp(min=1)
    return Batch(
        pieces=pieces,
        bias=bias,
        kind=kind,
        company=company,
        spread=spread,
        begins=begins,
        counts=counts,
        text=text,
        left=left,
        right=right,
        told=torch.tensor(told).view(-1, len(RELATIONS)),
        status=torch.tensor(status, dtype=torch.long).view(-1, len(TYPES)),
    )


def batches(
    items: Sequence[T], size: int, length: Callable[[T], int], chance: random.Random
) -> list[list[T]]:
    """Items in groups of like length, in random order."""
    found: list[list[T]] = []
    for start in range(0, len(items), size * 16):
        part = sorted(items[start : start + size * 16], key=length)
        found += [part[at : at + size] for at in range(0, len(part), size)]
    chance.shuffle(found)
    return found
