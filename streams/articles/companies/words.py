"""What is known of single words: how they are written, how common they are, what they usually name."""

import re
import unicodedata
from pathlib import Path

CLASSES_PER_ZIPF = 1.5
WORDS_FOLDER = Path(__file__).parent / "data" / "words"
WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+|[^\w\s]")

_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'", "‐": "-", "‑": "-", "–": "-"})
_LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ı": "i"}
)


def fold(text: str) -> str:
    """The text without case, accents and typographic apostrophes, as names are compared."""
    low = text.translate(_APOSTROPHES).lower()
    if low.isascii():
        return low
    decomposed = unicodedata.normalize("NFD", low.translate(_LIGATURES))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def key_of(name: str) -> str:
    """The name as the index knows it: its folded words, one space between them."""
    return " ".join(WORD.findall(fold(name)))


def shape(word: str) -> str:
    """Capitals as X, small letters as x, digits as d, runs longer than three cut to three."""
    signs: list[str] = []
    for char in word[:24]:
        sign = "X" if char.isupper() else "x" if char.islower() else "d" if char.isdigit() else char
        if signs[-3:] != [sign] * 3:
            signs.append(sign)
    return "".join(signs)


class WordLists:
    """Frequency classes by language, and words that usually name a person or a place."""

    def __init__(
        self,
        frequency: dict[str, dict[str, int]],
        given: frozenset[str],
        family: frozenset[str],
        places: frozenset[str],
        company_words: dict[str, str],
    ) -> None:
        self.frequency = frequency
        self.given = given
        self.family = family
        self.places = places
        self.company_words = company_words
        self.place_starts = frozenset(p.split(" ")[0] for p in places if " " in p)

    @classmethod
    def load(cls, folder: Path = WORDS_FOLDER) -> "WordLists":
        """Read the lists; a few tens of milliseconds."""
        frequency: dict[str, dict[str, int]] = {}
        for lang in ("en", "fr"):
            table: dict[str, int] = {}
            for line in (folder / f"frequency_{lang}.txt").read_text("utf-8").splitlines():
                number, *words = line.split(" ")
                table.update(dict.fromkeys(words, int(number)))
            frequency[lang] = table
        given, family, places = (
            frozenset((folder / f"{name}.txt").read_text("utf-8").splitlines())
            for name in ("given_names", "family_names", "places")
        )
        corporate = (
            (line.split(" ", 1)[0], line.split(" ", 1)[1])
            for line in (folder / "company_words.txt").read_text("utf-8").splitlines()
        )
        return cls(
            frequency,
            given,
            family,
            frozenset(key_of(p) for p in places),
            dict(corporate),
        )
