"""The bilingual lexicon of relations: which class a word, or a run of words, belongs to.

`data/lexicon.tsv` lists the words of both languages by class (`RIVAL.n`, `SUPPLY.v`, `WITH`).
English and French share the classes, so that what is learned from one language serves the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SKIPPED = _words(
    "the a an this these those le la les l un une ce cet cette ces - ' ’ ‑ * very also "
    "aussi très déjà already encore"
)
_ENDINGS = {
    "en": _words("s es e ed d ing er ers ion ions") | {""},
    "fr": _words(
        "e es ent é ée és ées er era eront erait eraient ait aient ant a ons ez èrent i is it "
        "ie ies ir ira iront issent issant u ue us ues re ra ront rait raient t s d n"
    )
    | {""},
}
_PUNCTUATION = {
    ",": "COMMA",
    ";": "BREAK",
    ":": "COLON",
    "(": "OPEN",
    "[": "OPEN",
    ")": "CLOSE",
    "]": "CLOSE",
    "«": "QUOTE",
    "»": "QUOTE",
    '"': "QUOTE",
    "“": "QUOTE",
    "”": "QUOTE",
    "–": "DASH",
    "—": "DASH",
    "%": "PERCENT",
    "$": "MONEY",
    "€": "MONEY",
    "£": "MONEY",
    "¥": "MONEY",
    "&": "AND",
    "/": "SLASH",
    "?": "QUESTION",
    "!": "STOP",
    ".": "STOP",
    "…": "STOP",
}
_MONEY = _words(
    "dollar dollars euro euros pound pounds yen yuan franc francs bn million millions "
    "billion billions milliard milliards md mds rupees won crore livres sterling couronnes"
)
_MAX_GAP = 4
_NO_ELEMENTS: frozenset[int] = frozenset()
_MAX_CACHE = 200_000


@dataclass(frozen=True, slots=True)
class _Phrase:
    elements: tuple[int, ...]  # ids of elements, -1 for a gap of up to four items
    label: str


@dataclass(slots=True)
class _Word:
    """What is known of one word form."""

    label: str | None  # class, None where the word is left out
    elements: frozenset[int]
    phrases: tuple[_Phrase, ...]
    seconds: frozenset[int] = (
        frozenset()
    )  # elements that may stand second in a phrase, -1 for a gap


@dataclass(slots=True)
class Lexicon:
    """The words of one language."""

    language: str
    exact: dict[str, str] = field(default_factory=dict)
    stems: dict[str, tuple[str, bool]] = field(default_factory=dict)
    element_exact: dict[str, int] = field(default_factory=dict)
    element_stems: dict[str, tuple[int, bool]] = field(default_factory=dict)
    phrases_by_first: dict[int, list[_Phrase]] = field(default_factory=dict)
    known: dict[str, _Word] = field(default_factory=dict)

    def add(self, entry: str, label: str) -> None:
        """Add one entry of the data file; the first class that claims a word keeps it."""
        parts = entry.replace("'", " ").replace("-", " ").split()
        if len(parts) == 1:
            stem, mode = _stem(parts[0])
            if mode is None:
                self.exact.setdefault(stem, label)
            else:
                self.stems.setdefault(stem, (label, mode))
            return
        elements = tuple(
            -1 if part == "_" else self._element(part) for part in parts if part not in SKIPPED
        )
        if len(elements) == 1:
            return
        self.phrases_by_first.setdefault(elements[0], []).append(_Phrase(elements, label))

    def _element(self, part: str) -> int:
        stem, mode = _stem(part)
        number = len(self.element_exact) + len(self.element_stems)
        if mode is None:
            return self.element_exact.setdefault(stem, number)
        return self.element_stems.setdefault(stem, (number, mode))[0]

    def word(self, form: str) -> _Word:
        """What is known of a word form (any case)."""
        known = self.known.get(form)
        if known is None:
            known = self._analyse(form)
            if len(self.known) < _MAX_CACHE:
                self.known[form] = known
        return known

    def _analyse(self, form: str) -> _Word:
        low = form.lower()
        elements = set()
        if low in self.element_exact:
            elements.add(self.element_exact[low])
        for length in range(min(len(low), 24), 2, -1):
            found = self.element_stems.get(low[:length])
            if found and self._ends(low[length:], found[1]):
                elements.add(found[0])
        phrases = [p for e in elements for p in self.phrases_by_first.get(e, ())]
        phrases.sort(key=lambda p: (-len(p.elements), p.label))
        seconds = frozenset(p.elements[1] for p in phrases)
        return _Word(self._label(form, low), frozenset(elements), tuple(phrases), seconds)

    def _ends(self, ending: str, any_ending: bool) -> bool:
        return any_ending or ending in _ENDINGS[self.language]

    def _label(self, form: str, low: str) -> str | None:
        label = self.exact.get(low)
        if label is not None:
            return "YEAR" if form == "May" and self.language == "en" else label
        if low in SKIPPED:
            return None
        for length in range(min(len(low), 24), 2, -1):
            found = self.stems.get(low[:length])
            if found and self._ends(low[length:], found[1]):
                return found[0]
        return _PUNCTUATION.get(low) or self._shape(form, low)

    def _shape(self, form: str, low: str) -> str:
        if low in _MONEY:
            return "MONEY"
        if form[0].isdigit():
            return "DATE" if len(form) == 4 and form[:2] in ("19", "20") else "NUMBER"
        if form[0].isupper():
            return "NAME"
        if not form[0].isalpha():
            return "SIGN"
        if self.language == "fr":
            if low.endswith(("erait", "eraient", "irait", "iraient", "drait")):
                return "MAY"
            if low.endswith(("era", "eront", "ira", "iront", "dra", "dront")):
                return "PLAN"
        return "WORD"


def _stem(part: str) -> tuple[str, bool | None]:
    if part.endswith("*"):
        return part[:-1], True
    if part.endswith("~"):
        return part[:-1], False
    return part, None


def match_phrase(words: Sequence[_Word], at: int) -> tuple[str, int] | None:
    """Class and length of the longest phrase that begins at item `at`, if any.

    A phrase with a gap has the length of its first part: the words of the gap keep their class.
    """
    word = words[at]
    following = words[at + 1].elements if at + 1 < len(words) else _NO_ELEMENTS
    if word.seconds.isdisjoint(following) and -1 not in word.seconds:
        return None
    for phrase in word.phrases:
        length = _matches(words, at, phrase.elements)
        if length:
            return phrase.label, length
    return None


def _matches(words: Sequence[_Word], at: int, elements: tuple[int, ...]) -> int:
    length = 0
    position = at
    gap = 0
    for element in elements:
        if element < 0:
            gap = _MAX_GAP
            length = position - at
            continue
        end = min(len(words), position + gap + 1)
        while position < end and element not in words[position].elements:
            position += 1
        if position >= end:
            return 0
        position += 1
        gap = 0
    return length or position - at


def lexicon(language: str) -> Lexicon:
    """The lexicon of `en` or `fr` (any other language reads as English)."""
    return _lexicon("fr" if language == "fr" else "en")


@lru_cache(maxsize=2)
def _lexicon(language: str) -> Lexicon:
    built = Lexicon(language)
    text = files(__package__).joinpath("data/lexicon.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        label, lang, entries = line.split("\t")
        if lang == language:
            for entry in entries.split(","):
                if entry.strip():
                    built.add(entry.strip(), label)
    return built
