"""Annotated texts as windows with a label for each word, for the network of names."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from streams.articles.companies.tagger import LABELS
from streams.articles.document import Document
from streams.articles.encoder.pieces import CLOSING, OPENING, PADDING, UNKNOWN, Pieces
from streams.articles.encoder.window import windows
from streams.messages import FieldName
from streams.training.companies_gold import gold_spans
from streams.training.encoder_data import ROUND, UNLABELLED
from streams.training.events_data import Record, document_of

HIDDEN = 0.15  # share of names whose pieces are made unknown
SWAPPED = 0.25  # share of names in whose place another text's name is put
LONGEST = 480
_BEGIN, _INSIDE = LABELS.index("B-N"), LABELS.index("I-N")
_BEGIN_PRODUCT = LABELS.index("B-P")

Cut = list[list[int]]


@dataclass(slots=True)
class Labelled:
    """Words of a window, each cut into pieces, with their labels; the first `title` are the title's."""

    words: Cut
    labels: list[int]
    title: int


def labelled(record: Record, pieces: Pieces) -> Labelled:
    """The first window of a text."""
    document = document_of(record)
    labels = labels_of(record, document)
    window = windows(document, pieces)[0]
    words = [
        window.pieces[start:end]
        for start, end in zip(window.begins, window.begins[1:], strict=False)
    ]
    if window.title:
        words[window.title - 1] = words[window.title - 1][:-1]  # the piece behind the title
    told = labels["title"][: window.title] + labels["body"][window.first : window.last]
    return Labelled(words, told, window.title)


def labels_of(record: Record, document: Document) -> dict[FieldName, list[int]]:
    """By field, the number of the label of each word."""
    found = {field.name: [0] * len(field.words) for field in document.fields}
    for both in gold_spans(record).values():
        for first, places in (
            (_BEGIN, both["name"]),
            (_BEGIN_PRODUCT, both["any"] - both["name"]),
        ):
            for name, start, end in places:
                field = document.title if name == "title" else document.body
                label = first
                for at in range(max(field.word_at(start), 0), len(field.words)):
                    if field.starts[at] >= end:
                        break
                    if field.ends[at] > start:
                        found[field.name][at] = label
                        label = first + 1
    return found


def names_in(items: Iterable[Labelled]) -> list[Cut]:
    """Every name of a company, as pieces."""
    return [one.words[start:end] for one in items for start, end in _names(one.labels)]


def varied(one: Labelled, names: Sequence[Cut], chance: random.Random) -> Labelled:
    """A text in which some names are hidden and some are others, so that none is learned by heart."""
    chosen: dict[str, Cut | None] = {}
    words: Cut = []
    labels: list[int] = []
    title, at = 0, 0
    for start, end in [*_names(one.labels), (len(one.labels), len(one.labels))]:
        words += one.words[at:start]
        labels += one.labels[at:start]
        name = one.words[start:end]
        key = str(name)
        if key not in chosen:
            drawn = chance.random()
            chosen[key] = None
            if drawn < HIDDEN:
                chosen[key] = [[UNKNOWN] * len(word) for word in name]
            elif drawn < HIDDEN + SWAPPED:
                chosen[key] = chance.choice(names)
        put = name if chosen[key] is None else chosen[key] or []
        if start < one.title:
            title += len(put) - len(name)
        words += put
        labels += [_BEGIN] * (len(put) > 0) + [_INSIDE] * (len(put) - 1)
        at = end
    return Labelled(words, labels, one.title + title)


def _names(labels: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for at, label in enumerate(labels):
        if label == _BEGIN:
            found.append((at, at + 1))
        elif label == _INSIDE and found and found[-1][1] == at:
            found[-1] = found[-1][0], at + 1
    return found


def batch(items: Sequence[Labelled]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pieces (texts, pieces), bias, piece at which each word begins (texts, words), labels."""
    rows: list[tuple[list[int], list[int]]] = []
    for one in items:
        pieces, begins = [OPENING], []
        for number, word in enumerate(one.words, start=1):
            begins.append(len(pieces))
            pieces += word
            if number == one.title:
                pieces.append(CLOSING)
        pieces = [*pieces[: LONGEST - 1], CLOSING]
        rows.append((pieces, [at for at in begins if at < len(pieces) - 1]))
    longest = -(-max(len(pieces) for pieces, _ in rows) // ROUND) * ROUND
    most = max(1, *(len(begins) for _, begins in rows))
    numbers = torch.full((len(rows), longest), PADDING)
    bias = torch.full((len(rows), 1, 1, longest), -1e4)
    at = torch.zeros(len(rows), most, dtype=torch.long)
    labels = torch.full((len(rows), most), UNLABELLED)
    for row, ((pieces, begins), one) in enumerate(zip(rows, items, strict=True)):
        numbers[row, : len(pieces)] = torch.tensor(pieces)
        bias[row, :, :, : len(pieces)] = 0
        at[row, : len(begins)] = torch.tensor(begins)
        labels[row, : len(begins)] = torch.tensor(one.labels[: len(begins)])
    return numbers, bias, at, labels
