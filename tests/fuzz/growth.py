"""How time grows with length, on texts made to be slow: `python -m tests.fuzz.growth`.

Each stage reads each text at growing lengths, its bounds raised, and the processor time of ten times the length is
compared. A linear stage takes ten times as long; a quadratic one a hundred times.
"""

import argparse
import contextlib
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from time import process_time

import orjson

from streams.articles.decode import decode
from streams.articles.document import cut
from streams.articles.enrich import Analyst, read
from streams.articles.forms import Forms
from streams.articles.language import detect
from streams.articles.limits import DEFAULT_LIMITS
from streams.articles.normalise import normalise
from streams.articles.rejection import Rejection
from tests.unit.wire.pipeline_parts import analyst

# So short a time says nothing.
LEAST_SECONDS = 0.02
WIDE = replace(
    DEFAULT_LIMITS,
    article_bytes=1 << 30,
    title=1 << 30,
    body=1 << 30,
    html_tags=1 << 30,
    html_depth=1 << 30,
)


def _word(number: int) -> str:
    """A word of four letters or more, another for each number."""
    letters = "zu"
    for _ in range(4):
        number, rest = divmod(number, 26)
        letters += chr(ord("a") + rest)
    return letters.capitalize()


@dataclass(frozen=True, slots=True)
class Text:
    """A text of any length: its beginning, and what is repeated."""

    name: str
    piece: str
    begin: str = ""
    end: str = ""

    def of(self, length: int) -> str:
        """About so many characters; `{}` in the piece becomes another word each time."""
        if "{}" in self.piece:
            words = map(_word, range(max(1, length // (len(self.piece) + 2))))
            return self.begin + "".join(self.piece.format(word) for word in words) + self.end
        return self.begin + self.piece * max(1, length // len(self.piece)) + self.end


TEXTS = (
    Text("one word", "a"),
    Text("one name", "A"),
    Text("names", "Aa "),
    Text("names and initials", "A. B. "),
    Text("one company", "Orange "),
    Text("companies in one sentence", "Orange, Apple and Google, "),
    Text("events in one sentence", "Apple sued Orange and "),
    Text("events in many sentences", "Apple sued Orange. "),
    Text("many strangers", "Zuvelia Corp competes with Lumenfold SA. "),
    Text("references", "The company said. Its rival said. "),
    Text("other strangers each", "{} Corp sued Orange. "),
    Text("other strangers in one run", "{} "),
    Text("other strangers in one sentence", "{} Corp, "),
    Text("makers", "the iPhone maker ", "Microsoft sued Google. "),
    Text(
        "determiners",
        "the company of the group de la firme l’entreprise ",
        "Microsoft sued Google. ",
    ),
    Text("joiners", "of the de la d’", "Orange "),
    Text("abbreviations", "Mr. St. Inc. "),
    Text("glue", "A&", "A"),
    Text("opened brackets", "("),
    Text("closed brackets", ") "),
    Text("closed quotes", '” » " '),
    Text("quotes", "\" ' « "),
    Text("tickers", "(NASDAQ: AAPL "),
    Text("dots", "."),
    Text("blanks", " ", "a", "a"),
    Text("lines", "\n"),
    Text("digits", "1", "$"),
    Text("thousands", "1,000,", "$"),
    Text("amounts", "$1.5 billion and 5 % "),
    Text("apostrophes", "l’d’"),
    Text("hyphens", "a-"),
    Text("tags", "<p>a"),
    Text("nested tags", "<b>"),
    Text("unclosed tags", "<a "),
    Text("an endless tag", "x=", "<p ", ""),
    Text("comments", "<!--"),
    Text("tables", "<table><tr><td>"),
    Text("entities", "&amp;"),
    Text("half entities", "&#"),
    Text("accents", "\u0301\u0316", "e"),
    Text("accents out of order", "\u0301", "e", "\u0316" * 1_000),
    Text("decomposed", "e\u0301"),
    Text("ligatures that grow", "\ufdfa"),
    Text("invisible", "\u200b\u202e"),
)


def decoding(text: str) -> None:
    """Bytes to a raw article."""
    decode(orjson.dumps({"body": text}), WIDE)


def cleaning(text: str) -> None:
    """Text or HTML to clean text."""
    normalise(text, "body", WIDE)


def cutting(text: str) -> None:
    """Clean text to words and sentences, and its language; no word of it is known from before."""
    Forms._current = None
    cut("", text, "en")
    detect(text)


def analysing(text: str) -> None:
    """All of it: bytes to companies and events."""
    article = read(orjson.dumps({"body": text, "lang": "en"}), WIDE)
    _analyst().enrich_article(article, "2024-05-08T06:30:00Z")


@cache
def _analyst() -> Analyst:
    return replace(analyst(), limits=WIDE)


STAGES: dict[str, Callable[[str], None]] = {
    "decode": decoding,
    "normalise": cleaning,
    "cut": cutting,
    "analyse": analysing,
}


def seconds(stage: Callable[[str], None], text: str) -> float:
    """Processor time of one reading; the least of some where it is short."""
    best = float("inf")
    for _ in range(3):
        begin = process_time()
        with contextlib.suppress(Rejection):
            stage(text)
        best = min(best, process_time() - begin)
        if best > 5:
            break
    return best


def ratio(stage: Callable[[str], None], text: Text, length: int) -> float:
    """How many times as long ten times the length takes, where that is long enough to be told."""
    short = seconds(stage, text.of(length))
    long = seconds(stage, text.of(10 * length))
    return 0.0 if long < LEAST_SECONDS else long / max(short, LEAST_SECONDS / 10)


def main() -> None:
    """Print time and growth of each stage on each text."""
    parser = argparse.ArgumentParser("python -m tests.fuzz.growth", description=__doc__)
    parser.add_argument("--largest", type=int, default=10_000_000, help="longest text")
    parser.add_argument("--stage", choices=list(STAGES), action="append")
    parser.add_argument("--text", help="only texts whose name holds this")
    given = parser.parse_args()
    for name in given.stage or STAGES:
        for text in TEXTS:
            if given.text and given.text not in text.name:
                continue
            length, times = 10_000, list[float]()
            while length <= given.largest and (not times or times[-1] < 20):
                times.append(seconds(STAGES[name], text.of(length)))
                length *= 10
            steps = " ".join(
                f"{b / a:6.1f}" if b > LEAST_SECONDS else "     -"
                for a, b in itertools.pairwise(times)
            )
            sys.stdout.write(f"{name:10} {text.name:28} {times[-1]:8.3f} s   {steps}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
