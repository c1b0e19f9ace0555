"""A document as the encoder reads it: in windows of whole sentences, each behind the title."""

from collections.abc import Sequence
from dataclasses import dataclass

from streams.articles.document import Document, TextField
from streams.articles.encoder.pieces import CLOSING, OPENING, Pieces
from streams.messages import Company

MOST_PIECES = 440
MOST_TITLE_PIECES = 80
MOST_WINDOWS = 4
MOST_COMPANIES = 24
MOST_PLACES = 12
KINDS = {"name": 1, "product": 2}  # what a company is named by; 3 for all else
_OTHER_KIND = 3


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of the title and of a stretch of the body.

    `begins` holds, for each word of the title and then of the stretch, the piece at which it begins,
    and last the piece behind them.
    """

    pieces: list[int]
    begins: list[int]
    title: int  # words of the title
    first: int  # words of the body, half-open
    last: int

    def place(self, field: TextField, start: int, end: int) -> tuple[int, int] | None:
        """The pieces (half-open) of the code points `start` to `end`, if they are in the window."""
        first, last = field.word_at(start), field.word_at(end - 1)
        low, high, shift = self._range(field.name == "title")
        if not low <= first <= last < high:
            return None
        end = self.begins[last + shift + 1]
        # Behind the title stands a piece that is no word's.
        return self.begins[first + shift], end - (last + shift + 1 == self.title)

    def _range(self, title: bool) -> tuple[int, int, int]:
        return (0, self.title, 0) if title else (self.first, self.last, self.title - self.first)


def windows(document: Document, pieces: Pieces) -> list[Window]:
    """The windows of a document, `MOST_WINDOWS` at most; the rest of a long article is not read."""
    head: list[int] = [OPENING]
    begins: list[int] = []
    _add(head, begins, document.title, 0, len(document.title.words), pieces, MOST_TITLE_PIECES)
    title = len(begins)
    if title:
        head.append(CLOSING)
    found: list[Window] = []
    body = document.body
    at, sentence = 0, 0
    while len(found) < MOST_WINDOWS and (at < len(body.words) or not found):
        ids, places, first = list(head), list(begins), at
        while sentence < len(body.sentences):
            start, end = max(at, body.sentences[sentence][0]), body.sentences[sentence][1]
            before = len(ids), len(places)
            if not _add(ids, places, body, start, end, pieces, MOST_PIECES):
                if at > first:
                    # A sentence that does not fit begins the next window.
                    del ids[before[0] :], places[before[1] :]
                else:
                    at += len(places) - before[1]
                break
            at, sentence = end, sentence + 1
        places.append(len(ids))
        ids.append(CLOSING)
        found.append(Window(ids, places, title, first, at))
        if at == first:
            break
    return found


def _add(
    ids: list[int],
    begins: list[int],
    field: TextField,
    start: int,
    end: int,
    pieces: Pieces,
    most: int,
) -> bool:
    """Add words as long as there is room; whether there was for all."""
    for word in range(start, end):
        spaced = word == 0 or field.starts[word] > field.ends[word - 1]
        found = pieces.cut(field.words[word], spaced)
        if len(ids) + len(found) > most:
            return False
        begins.append(len(ids))
        ids.extend(found)
    return True


@dataclass(frozen=True, slots=True)
class Naming:
    """Where a company stands in a window: pieces (half-open) and the kind of each mention."""

    company: int
    places: list[tuple[int, int, int]]


def namings(document: Document, window: Window, companies: Sequence[Company]) -> list[Naming]:
    """The companies that the window names, in the order given."""
    found: list[Naming] = []
    for number, company in enumerate(companies):
        places: list[tuple[int, int, int]] = []
        for mention in company.mentions:
            place = window.place(document.field(mention.field), mention.start, mention.end)
            if place is not None and len(places) < MOST_PLACES:
                places.append((*place, KINDS.get(mention.kind, _OTHER_KIND)))
        if places and len(found) < MOST_COMPANIES:
            found.append(Naming(number, places))
    return found
