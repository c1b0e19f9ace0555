"""Word types: what does not depend on where a word stands, looked up once and kept as arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.descriptions import DESCRIBING
from streams.articles.companies.registry import Registry
from streams.articles.companies.words import WordLists, fold, shape
from streams.articles.document import TextField
from streams.articles.forms import ByText, Forms, Numbers

MAX_TYPES = 60_000
KINDS = "?jdLACgpwhmuxyz"
JOINERS = frozenset("of de du des la le les l d the for von van der di da del y e en".split())
GLUE = frozenset("-'’&.+/@:")
SENTENCE_START = frozenset('.!?…:;«"“•–—|')
LEGAL_FORMS = frozenset(
    "inc corp co ltd plc llc lp llp sa se ag ab asa oyj spa gmbh nv bv sas sarl kg kgaa limited "
    "incorporated corporation company group groupe holdings holding".split()
)
DETERMINERS = frozenset(("the", "le", "la", "l", "this", "ce", "cette", "du", "au"))
TITLES = frozenset(
    "mr mrs ms dr sir lord lady m mme mlle me monsieur madame professeur professor".split()
)
_BUSINESS = frozenset(
    "company companies shares million billion sales market profit revenue contract customers chief "
    "executive business deal percent investors stock startup firm maker group quarter subsidiary "
    "supplier entreprise entreprises groupe millions milliards euros ventes marché chiffre contrat "
    "clients directeur filiale actions bénéfice société capital fournisseur usine concurrent salariés "
    "dollars bank banque investment acquisition merger fusion rival brand marque retailer".split()
)
_SOFTWARE = frozenset(
    "release version code source open project api server users software community maintainers cluster "
    "container library plugin github developers contributors support data web application libre "
    "logiciel projet développeurs serveur utilisateurs communauté noyau fichier fichiers site "
    "langage générateur bibliothèque configuration documentation feature features".split()
)
# Facts of a word as bits; `BEGINS`: a known name begins with it, `CONTINUES`: it may go on a run.
(
    CAPITAL,
    DIGIT,
    BEGINS,
    CONTINUES,
    STARTS,
    OPENING,
    GLUES,
    JOINS,
    APOSTROPHE,
    AMPERSAND,
    PLUS,
    DETERMINER,
    DESCRIBES,
    LETTER,
    SHOUTED,
    GIVEN,
    TITLE,
    LEGAL,
    BUSINESS,
    SOFTWARE,
) = (1 << _bit for _bit in range(20))
# Above them four bits for `Word.common` and four for the number of `Word.kind`.
COMMON_BIT, KIND_BIT = 20, 24
_MOST_PAIRS = 100_000
_COMMON_WORD = 5
_CORPORATE = 4


@dataclass(slots=True)
class Word:
    """A word type. `kind` is one of `KINDS`, `common` its frequency class in the commoner language.

    `named` is what the word alone means as a name, packed; `opens` whether longer names begin with it.
    """

    text: str
    low: str
    folded: str
    capital: bool
    digit: bool
    kind: str
    common: int
    hash: int
    named: str
    opens: bool


class _Pairs(dict[int, bool]):
    """Of two rows that follow each other whether a known name may begin with them."""

    def __init__(self, begins_name: Callable[[int], bool]) -> None:
        super().__init__()
        self._begins_name = begins_name

    def __missing__(self, pair: int) -> bool:
        if len(self) >= _MOST_PAIRS:
            self.clear()
        found = self[pair] = self._begins_name(pair)
        return found


class Vocabulary:
    """Word types by spelling, and what is known of them as arrays indexed by row. Row 0 is no word.

    `facts` are bits, `cue` log odds, `low` hashes of the words in lower case. `pairs` says of rows that
    follow each other (`row << 32 | next`) whether a known name may begin with the two.
    """

    def __init__(self, registry: Registry, lists: WordLists, cues: dict[str, float]) -> None:
        self.registry = registry
        self.lists = lists
        self.cues = cues
        # For the reader of an article, who leaves it as it was.
        self.marked = np.zeros(1 << 16, np.bool_)
        self.clear()

    def clear(self) -> None:
        """Forget all word types."""
        size = 4096
        self.rows = ByText(self._add, {"": 0})
        self.types = [Word("", "", "", False, False, "?", 0, 0, "", False)]
        self.facts: NDArray[np.uint32] = np.zeros(size, np.uint32)
        # A sentence may open where a field does.
        self.facts[0] = OPENING
        self.cue: NDArray[np.float64] = np.zeros(size, np.float64)
        self.low: NDArray[np.uint64] = np.zeros(size, np.uint64)
        self.pairs = _Pairs(self._begins_name)
        self._forms: Forms | None = None
        self._row_of: Numbers = np.zeros(0, np.int64)

    def of(self, field: TextField) -> Numbers:
        """Rows of the words of a field; new ones are added."""
        forms = field.forms
        if forms is not self._forms:
            self._forms, self._row_of = forms, np.zeros(0, np.int64)
        if len(self._row_of) < len(forms.words):
            more = np.zeros(2 * len(forms.words), np.int64)
            more[: len(self._row_of)] = self._row_of
            self._row_of = more
        rows = self._row_of.take(field.numbers)
        if not rows.all():
            for number in np.unique(field.numbers[rows == 0]).tolist():
                self._row_of[number] = self.rows[forms.words[number]]
            rows = self._row_of.take(field.numbers)
        return rows

    def _begins_name(self, pair: int) -> bool:
        key = f"{self.types[pair >> 32].folded} {self.types[pair & 0xFFFFFFFF].folded}"
        registry = self.registry
        return bool(
            registry.packed_meanings(key) or key in self.lists.places or registry.opens(key)
        )

    def _add(self, text: str) -> int:
        row = len(self.types)
        if row >= len(self.facts):
            self.facts, self.cue, self.low = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self.facts, self.cue, self.low)
            )
        low, folded = text.lower().replace("’", "'"), fold(text)
        beginning = text[:40]
        plain = text.isascii()
        capital = beginning != beginning.lower() if plain else any(map(str.isupper, beginning))
        kind, common = self._kind(text, folded)
        hashed = crc32(low.encode("utf-8", "surrogatepass")) | 1
        digit = text[0].isdigit()
        starts = capital or digit or folded == "l"
        letter = text[0].isalpha()
        named = self.registry.packed_meanings(folded)
        if folded in self.lists.places:
            named = f"{named}|x:place" if named else "x:place"
        opens = self.registry.opens(folded)
        glues, joins = text in GLUE, low in JOINERS
        self.facts[row] = (
            CAPITAL * capital
            | DIGIT * digit
            | BEGINS * (starts and bool((capital and named) or opens))
            | CONTINUES * (capital or digit or glues or joins)
            | STARTS * starts
            | OPENING * (text in SENTENCE_START)
            | GLUES * glues
            | JOINS * joins
            | APOSTROPHE * (text in ("'", "’"))
            | AMPERSAND * (text == "&")
            | PLUS * (text == "+")
            | DETERMINER * (low in DETERMINERS)
            | DESCRIBES * (low in DESCRIBING)
            | LETTER * letter
            | SHOUTED * (letter and text.isupper())
            | GIVEN * (folded in self.lists.given and len(low) > 2)
            | TITLE * (low in TITLES)
            | LEGAL * (folded in LEGAL_FORMS)
            | BUSINESS * (low in _BUSINESS)
            | SOFTWARE * (low in _SOFTWARE)
            | common << COMMON_BIT
            | KINDS.index(kind) << KIND_BIT
        )
        self.cue[row] = self.cues.get(low, 0.0) if kind == "j" else 0.0
        self.low[row] = hashed
        self.types.append(
            Word(text, low, folded, capital, digit, kind, common, hashed, named, opens)
        )
        self.rows[text] = row
        return row

    def _kind(self, text: str, folded: str) -> tuple[str, int]:
        """A letter for what a word looks like, and how common it is in the commoner language."""
        low, lists = text.lower(), self.lists
        common = max(table.get(low, 0) for table in lists.frequency.values())
        if not text[0].isalpha():
            return "d" if text[0].isdigit() else "?", common
        if text.islower():
            return "j", common
        if folded in LEGAL_FORMS:
            return "L", common
        if text.isupper() and len(text) > 1:
            return "A", common
        if int(lists.company_words.get(folded, "0 0").partition(" ")[2]) >= _CORPORATE:
            return "C", common
        if folded in lists.given and common < _COMMON_WORD + 3:
            return "g", common
        if folded in lists.places:
            return "p", common
        if common >= _COMMON_WORD:
            return "w", common
        if folded in lists.family:
            return "h", common
        return "m" if any(c.isupper() for c in text[1:]) else "u", common

    def attributes(self, row: int, lang: str) -> list[str]:
        """Features of a word type in an article of this language."""
        if row == 0:
            return ["w=none"]
        word, lists = self.types[row], self.lists
        low, folded = word.low[:30], word.folded
        signs = shape(word.text)
        common = lists.frequency[lang].get(low, 0)
        result = [f"w={low}", f"s={signs}", f"f={common}", f"fs={common}{signs[:2]}", f"l={lang}"]
        if low[0].isalpha():
            result += [f"p3={low[:3]}", f"e3={low[-3:]}", f"e4={low[-4:]}", f"n={min(len(low), 9)}"]
            if word.capital:
                kinds = (
                    ("g" if folded in lists.given else "")
                    + ("h" if folded in lists.family else "")
                    + ("p" if folded in lists.places else "")
                    + ("P" if folded in lists.place_starts else "")
                )
                result += [f"k={kinds}", f"kf={kinds}{common}"]
                corporate = lists.company_words.get(folded)
                if corporate:
                    result += [f"c1={corporate[0]}", f"c2={corporate[2:]}", f"c={corporate}"]
                elif self.registry.opens(folded):
                    result.append("opens")
            elif low in TITLES:
                result.append("title")
        return result
