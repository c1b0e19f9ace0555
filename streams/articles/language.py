"""Third step: the language of an article. English and French go on to companies and events."""

import re
from collections.abc import Callable
from functools import cache
from typing import cast

SUPPORTED = ("en", "fr")
UNDETERMINED = "und"

# The commonest words that only one of the two languages has settle nearly every article.
_ENGLISH = frozenset(
    """
    the of and to in is that for with was as by it has are at this be will from its which have
    said were their they but been more than would year we you your an who can what when how
    about our
    """.split()
)
_FRENCH = frozenset(
    """
    le la les des et du une est dans pour que qui par sur avec au aux ce cette pas plus sont
    ses été ont il elle nous vous mais leur ces être fait deux son sa après ainsi entre sous
    chez dont où
    """.split()
)
_WORD = re.compile(r"[^\W\d_]+")
_CLAIM = re.compile(r"^([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*$")
_SAMPLE = 1_500
_MOST_PIECES, _LONGEST_PIECE = 50_000, 40
_ONE_ENGLISH, _ONE_FRENCH = 1 << 20, 1 << 40


class _Counts(dict[str, int]):
    """Words, English and French ones of a lower-case piece between white space, as one number."""

    def __missing__(self, piece: str) -> int:
        words = _WORD.findall(piece)
        english = sum(word in _ENGLISH for word in words)
        french = sum(word in _FRENCH for word in words)
        count = len(words) + english * _ONE_ENGLISH + french * _ONE_FRENCH
        if len(piece) <= _LONGEST_PIECE:
            if len(self) >= _MOST_PIECES:
                self.clear()
            self[piece] = count
        return count


_COUNTS = _Counts()


def language(claimed: str | None, title: str, body: str) -> str:
    """ISO 639-1 code of the article: what the producer claims where it is a code, else what the text shows.

    `und` where the text is too short to tell.
    """
    match = _CLAIM.match(claimed or "")
    if match and match[1].lower() != UNDETERMINED:
        return _two_letters(match[1].lower())
    return detect(f"{title}\n{body[:_SAMPLE]}")


def detect(text: str) -> str:
    """The language of a text by its commonest words; a trained identifier is asked in doubt."""
    counts = sum(map(_COUNTS.__getitem__, text[:_SAMPLE].lower().split()))
    french, rest = divmod(counts, _ONE_FRENCH)
    english, words = divmod(rest, _ONE_ENGLISH)
    if not words:
        return UNDETERMINED
    strong, weak = max(english, french), min(english, french)
    if strong >= 5 and strong >= 4 * weak and strong >= 0.15 * words:
        return "en" if english > french else "fr"
    code: str = _classifier()(text[:_SAMPLE])[0]
    return code


def _two_letters(code: str) -> str:
    return {"eng": "en", "fra": "fr", "fre": "fr"}.get(code, code)


@cache
def _classifier() -> Callable[[str], tuple[str, float]]:
    # Loading takes a second, and most streams of articles never ask.
    from py3langid import classify  # type: ignore[import-untyped] # it ships no types

    return cast("Callable[[str], tuple[str, float]]", classify)
