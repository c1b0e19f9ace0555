"""What the tagger sees of an article: runs of words that may belong to a name, and their features.

A run is a stretch of capitalised words with what may stand between them ("Bank of America",
"L'Oréal", "AT&T"). Only words of runs are tagged. A feature of a word *type* (spelling, how common it
is) counts at eleven places around the word tagged; a feature of the *token* needs the article.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from streams.articles.companies.registry import Registry
from streams.articles.companies.words import WordLists, fold, shape
from streams.articles.document import Document, TextField

PLACES = ("-3", "-2", "-1", "0", "1", "2", "3", "before2", "before", "after", "after2")
CENTRE = PLACES.index("0")
MAX_NAME_WORDS = 9
PERSON, PLACE, KNOWN, LEGAL, ALSO_SMALL = 1, 2, 4, 8, 16

_JOINERS = frozenset("of de du des la le les l d the for von van der di da del y e en".split())
_GLUE = frozenset("-'’&.+/@:")
_CLOSING = frozenset("+!")
_SENTENCE_START = frozenset('.!?…:;«"“•–—|')
LEGAL_FORMS = frozenset(
    "inc corp co ltd plc llc lp llp sa se ag ab asa oyj spa gmbh nv bv sas sarl kg kgaa limited "
    "incorporated corporation company group groupe holdings holding".split()
)
_TITLES = frozenset(
    "mr mrs ms dr sir lord lady m mme mlle monsieur madame maître me professeur professor".split()
)


@dataclass(slots=True)
class Word:
    """A word type: facts that do not depend on where it stands."""

    text: str
    low: str
    folded: str
    capital: bool
    digit: bool
    attributes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Match:
    """A stretch of words that the registry or the word lists know: word range, meanings, code."""

    start: int
    end: int
    packed: str
    code: str


@dataclass(slots=True)
class Run:
    """Words `start` to `end` (half-open) of a field."""

    start: int
    end: int


@dataclass(slots=True)
class FieldView:
    """A field with its runs and matches."""

    field: TextField
    words: list[Word]
    runs: list[Run]
    matches: list[Match]


@lru_cache(maxsize=65536)
def match_code(packed: str) -> str:
    """Kinds of meaning of a name, as one word: "c" company, "cx" company and place, and so on."""
    codes = {m[0] if m[0] != "x" else "x" + m[2:5] for m in packed.split("|")}
    return "".join(sorted(codes))


class Reader:
    """Cuts articles into runs with features; holds what is known of words."""

    def __init__(self, registry: Registry, lists: WordLists) -> None:
        self.registry = registry
        self.lists = lists
        self._words: dict[str, Word] = {}

    def word(self, text: str) -> Word:
        """The word type of this spelling."""
        known = self._words.get(text)
        if known is None:
            if len(self._words) > 100_000:
                self._words.clear()
            known = Word(
                text,
                text.lower().replace("’", "'"),
                fold(text),
                any(c.isupper() for c in text[:40]),
                text[0].isdigit(),
            )
            self._words[text] = known
        return known

    def attributes(self, word: Word, lang: str) -> list[str]:
        """Features of a word type in an article of this language."""
        known = word.attributes.get(lang)
        if known is not None:
            return known
        low, folded = word.low[:30], word.folded
        signs = shape(word.text)
        common = self.lists.frequency[lang].get(low, 0)
        result = [f"w={low}", f"s={signs}", f"f={common}", f"fs={common}{signs[:2]}", f"l={lang}"]
        if low[0].isalpha():
            result += [f"p3={low[:3]}", f"e3={low[-3:]}", f"e4={low[-4:]}", f"n={min(len(low), 9)}"]
            if word.capital:
                lists = self.lists
                kinds = (
                    ("g" if folded in lists.given else "")
                    + ("h" if folded in lists.family else "")
                    + ("p" if folded in lists.places else "")
                    + ("P" if folded in lists.place_starts else "")
                )
                result += [f"k={kinds}", f"kf={kinds}{common}"]
                corporate = self.lists.company_words.get(folded)
                if corporate:
                    result += [f"c1={corporate[0]}", f"c2={corporate[2:]}", f"c={corporate}"]
                elif self.registry.opens(folded):
                    result.append("opens")
            elif low in _TITLES:
                result.append("title")
        word.attributes[lang] = result
        return result

    def view(self, text: TextField) -> FieldView:
        """Runs and known names of a field."""
        words = [self.word(w) for w in text.words]
        matches = self._matches(words)
        return FieldView(text, words, _runs(text, words, matches), matches)

    def _matches(self, words: list[Word]) -> list[Match]:
        """Known names, the longest first where several begin at a word, none inside another."""
        registry = self.registry
        packed_meanings, opens = registry.packed_meanings, registry.opens
        places = self.lists.places
        found: list[Match] = []
        count = len(words)
        at = 0
        while at < count:
            word = words[at]
            if not (word.capital or word.digit or word.folded == "l"):
                at += 1
                continue
            key = word.folded
            best_end, best = at, ""
            end = at + 1
            while True:
                packed = packed_meanings(key)
                if key in places:
                    packed = packed + "|x:place" if packed else "x:place"
                if packed and (word.capital or end > at + 1):
                    best_end, best = end, packed
                if end >= count or end - at >= MAX_NAME_WORDS or not opens(key):
                    break
                key = f"{key} {words[end].folded}"
                end += 1
            if best:
                found.append(Match(at, best_end, best, match_code(best)))
                at = best_end
            else:
                at += 1
        return found


def _runs(text: TextField, words: list[Word], matches: list[Match]) -> list[Run]:
    count = len(words)
    starts, ends = text.starts, text.ends
    active = [w.capital for w in words]
    for match in matches:
        for i in range(match.start, match.end):
            active[i] = True
    runs: list[Run] = []
    at = 0
    while at < count:
        if not active[at]:
            at += 1
            continue
        start, end = at, at + 1
        if (
            at
            and words[at - 1].digit
            and _close(ends, starts, at)
            and (not runs or runs[-1].end < at)
        ):
            start = at - 1
        while end < count:
            if active[end]:
                end += 1
                continue
            word = words[end]
            glued = starts[end] == ends[end - 1]
            if word.digit:
                end += 1
                continue
            nxt = end + 1
            if word.text in _GLUE and glued:
                if nxt < count and starts[nxt] == ends[end] and (active[nxt] or words[nxt].digit):
                    end = nxt + 1
                    continue
                if word.text == "+":
                    end += 1
                    continue
                break
            if word.text == "&" and nxt < count and active[nxt]:
                end = nxt + 1
                continue
            if word.low in _JOINERS:
                while (
                    nxt < count
                    and nxt - end < 4
                    and (words[nxt].low in _JOINERS or words[nxt].text in "'’")
                ):
                    nxt += 1
                if nxt < count and active[nxt]:
                    end = nxt + 1
                    continue
            break
        runs.append(Run(start, end))
        at = end
    return runs


def _close(ends: list[int], starts: list[int], at: int) -> bool:
    return starts[at] - ends[at - 1] <= 1


@dataclass(slots=True)
class ArticleView:
    """An article as the tagger reads it, title first."""

    lang: str
    fields: tuple[FieldView, FieldView]
    flags: dict[str, int]
    counts: dict[str, int]


def read(reader: Reader, document: Document) -> ArticleView:
    """The article with what its other words say of each word."""
    title, body = reader.view(document.title), reader.view(document.body)
    flags: dict[str, int] = {}
    counts: dict[str, int] = {}
    lists = reader.lists
    small = {w.low for view in (title, body) for w in view.words if not w.capital}
    for view in (title, body):
        words = view.words
        for run in view.runs:
            for i in range(run.start, run.end):
                word = words[i]
                if not word.capital:
                    continue
                low = word.low
                counts[low] = counts.get(low, 0) + 1
                flag = ALSO_SMALL if low in small else 0
                if i:
                    before = words[i - 1]
                    if before.low in _TITLES or (
                        before.capital and before.folded in lists.given and len(before.low) > 2
                    ):
                        flag |= PERSON
                if i + 1 < len(words) and words[i + 1].folded in LEGAL_FORMS:
                    flag |= LEGAL
                if flag:
                    flags[low] = flags.get(low, 0) | flag
        for match in view.matches:
            if match.end - match.start > 1:
                bit = KNOWN if "c" in match.code or "l" in match.code else PLACE
                for i in range(match.start, match.end):
                    if words[i].capital:
                        low = words[i].low
                        flags[low] = flags.get(low, 0) | bit
    return ArticleView(document.lang, (title, body), flags, counts)


def positions(view: FieldView, run: Run) -> Iterable[list[int]]:
    """For each word of a run, the word indices of `PLACES`; -1 where the field has none."""
    count = len(view.words)
    start, end = run.start, run.end
    outside = [start - 2, start - 1, end if end < count else -1, end + 1 if end + 1 < count else -1]
    outside[0] = max(outside[0], -1)
    for i in range(start, end):
        near = [j if 0 <= j < count else -1 for j in range(i - 3, i + 4)]
        yield near + outside


def token_features(
    article: ArticleView, view: FieldView, run: Run, matches: list[Match | None]
) -> list[list[str]]:
    """Features of each word of a run that need the article."""
    words = view.words
    count = len(words)
    start, end = run.start, run.end
    before = words[start - 1].low if start else "^"
    before2 = words[start - 2].low if start > 1 else "^"
    after = words[end].low if end < count else "$"
    after2 = words[end + 1].low if end + 1 < count else "$"
    opening = not start or before in _SENTENCE_START
    size = min(end - start, 6)
    title = view.field.name == "title"
    around = [f"b={before2}_{before}", f"a={after}_{after2}", f"ba={before}_{after}", f"z={size}"]
    if title:
        around.append("title-field")
    flags, counts = article.flags, article.counts
    result: list[list[str]] = []
    for i in range(start, end):
        word = words[i]
        features = list(around)
        match = matches[i]
        if match is None:
            features.append("m=")
        else:
            length = match.end - match.start
            mark = ("B" if i == match.start else "I") + match.code
            features.append(f"m={mark}{min(length, 3)}")
            whole = match.start == start, match.end == end
            features.append(f"mw={mark}{int(whole[0])}{int(whole[1])}")
        if i + 1 < end and (nxt := matches[i + 1]) is not None and nxt is not match:
            features.append(f"m+={nxt.code}")
        if i > start and (prev := matches[i - 1]) is not None and prev is not match:
            features.append(f"m-={prev.code}")
        features.append(f"at={min(i - start, 3)}{size}")
        if opening:
            features.append(f"o={i == start}")
        if word.capital:
            flag = flags.get(word.low, 0)
            often = min(counts.get(word.low, 0), 4)
            features.append(f"d={flag}")
            features.append(f"dn={often}")
            if match is None:
                features.append(f"dm={flag & 15}{often}")
        if i > 1:
            features.append(f"-2={words[i - 2].low}_{words[i - 1].low}")
        if i + 2 < count:
            features.append(f"+2={words[i + 1].low}_{words[i + 2].low}")
        result.append(features)
    return result


def matches_by_word(view: FieldView) -> list[Match | None]:
    """The known name that each word of a field belongs to."""
    result: list[Match | None] = [None] * len(view.words)
    for match in view.matches:
        for i in range(match.start, match.end):
            result[i] = match
    return result
