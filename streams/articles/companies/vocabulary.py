"""Word types: what does not depend on where a word stands, looked up once and kept as arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from streams.articles.companies.descriptions import DESCRIBING
from streams.articles.companies.registry import Registry
from streams.articles.companies.words import WordLists, fold, shape

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
ARRAYS = tuple(
    "capital starts determiner cue given title legal business software kind common low "
    "letter shouted begins continues opening digit describes".split()
)
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


class _Rows(dict[str, int]):
    """Rows by spelling; a new spelling is added when it is asked for."""

    def __init__(self, add: Callable[[str], int]) -> None:
        super().__init__({"": 0})
        self._add = add

    def __missing__(self, text: str) -> int:
        return self._add(text)


class Vocabulary:
    """Word types by spelling, and their facts as arrays indexed by row. Row 0 is no word.

    `begins` holds of words with which a known name begins, `continues` of words that may go on a run.
    """

    def __init__(self, registry: Registry, lists: WordLists, cues: dict[str, float]) -> None:
        self.registry = registry
        self.lists = lists
        self.cues = cues
        self.rows = _Rows(self._add)
        self.types: list[Word] = []
        # For the reader of an article, who leaves it as it was.
        self.marked = np.zeros(1 << 16, np.bool_)
        self.capital: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.clear()

    def clear(self) -> None:
        """Forget all word types."""
        size = 4096
        self.rows = _Rows(self._add)
        self.types = [Word("", "", "", False, False, "?", 0, 0, "", False)]
        self.capital = np.zeros(size, np.bool_)
        self.given = np.zeros(size, np.bool_)
        self.title = np.zeros(size, np.bool_)
        self.legal = np.zeros(size, np.bool_)
        self.starts = np.zeros(size, np.bool_)
        self.determiner = np.zeros(size, np.bool_)
        self.cue = np.zeros(size, np.float64)
        self.business = np.zeros(size, np.bool_)
        self.software = np.zeros(size, np.bool_)
        self.kind = np.zeros(size, np.uint64)
        self.common = np.zeros(size, np.uint64)
        self.low = np.zeros(size, np.uint64)
        self.letter = np.zeros(size, np.bool_)
        self.shouted = np.zeros(size, np.bool_)
        self.begins = np.zeros(size, np.bool_)
        self.continues = np.zeros(size, np.bool_)
        self.opening = np.zeros(size, np.bool_)
        self.digit = np.zeros(size, np.bool_)
        self.describes = np.zeros(size, np.bool_)

    def ids(self, texts: list[str]) -> NDArray[np.int64]:
        """Rows of these words; new ones are added."""
        return np.fromiter(map(self.rows.__getitem__, texts), np.int64, len(texts))

    def _add(self, text: str) -> int:
        row = len(self.types)
        if row >= len(self.capital):
            for name in ARRAYS:
                array = getattr(self, name)
                setattr(self, name, np.concatenate([array, np.zeros_like(array)]))
        low, folded = text.lower().replace("’", "'"), fold(text)
        beginning = text[:40]
        plain = text.isascii()
        capital = beginning != beginning.lower() if plain else any(map(str.isupper, beginning))
        kind, common = self._kind(text, folded)
        hashed = crc32(low.encode("utf-8", "surrogatepass")) | 1
        digit = text[0].isdigit()
        self.capital[row] = capital
        self.starts[row] = capital or digit or folded == "l"
        self.determiner[row] = low in DETERMINERS
        self.cue[row] = self.cues.get(low, 0.0) if kind == "j" else 0.0
        self.given[row] = folded in self.lists.given and len(low) > 2
        self.title[row] = low in TITLES
        self.legal[row] = folded in LEGAL_FORMS
        self.business[row] = low in _BUSINESS
        self.software[row] = low in _SOFTWARE
        self.kind[row] = KINDS.index(kind)
        self.common[row] = common
        self.low[row] = hashed
        self.letter[row] = text[0].isalpha()
        self.shouted[row] = text[0].isalpha() and text.isupper()
        named = self.registry.packed_meanings(folded)
        if folded in self.lists.places:
            named = f"{named}|x:place" if named else "x:place"
        opens = self.registry.opens(folded)
        word = Word(text, low, folded, capital, digit, kind, common, hashed, named, opens)
        self.types.append(word)
        self.begins[row] = self.starts[row] and ((capital and named) or opens)
        self.continues[row] = capital or digit or text in GLUE or low in JOINERS
        self.opening[row] = text in SENTENCE_START
        self.digit[row] = digit
        self.describes[row] = low in DESCRIBING
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
