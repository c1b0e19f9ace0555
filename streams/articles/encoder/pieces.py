"""Words cut into pieces that the encoder has a vector for.

The unigram model of SentencePiece (Kudo 2018): of all ways to cut a word into known pieces the most
likely one. Words are cut one by one, so that each begins at a piece of its own.
"""

import unicodedata
from collections.abc import Sequence

OPENING, PADDING, CLOSING, UNKNOWN = range(4)  # numbers of the pieces that stand for no text
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
SPACE = "\u2581"  # begins a word that follows white space
LONGEST_WORD = 40
_UNKNOWN_COST = 10.0
_MOST_REMEMBERED = 50_000


class Pieces:
    """Cuts words; remembers how.

    Args:
        pieces: the known pieces by number, `SPECIAL` first.
        scores: the log-probability of each.
    """

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        special = len(SPECIAL)
        self._numbers = {piece: n for n, piece in enumerate(pieces) if n >= special}
        self._scores = [float(score) for score in scores]
        self._unknown = min(self._scores[special:], default=0.0) - _UNKNOWN_COST
        self._longest = max(map(len, self._numbers), default=1)
        self._remembered: dict[tuple[str, bool], list[int]] = {}

    def cut(self, word: str, spaced: bool) -> list[int]:
        """Numbers of the pieces of a word; `spaced` where white space stands before it.

        Of a word that is longer than `LONGEST_WORD` the beginning alone counts.
        """
        key = (word[:LONGEST_WORD], spaced)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self._best(*key)
        return found

    def _best(self, word: str, spaced: bool) -> list[int]:
        text = unicodedata.normalize("NFKC", word)[:LONGEST_WORD]
        text = SPACE + text if spaced else text
        count = len(text)
        best = [0.0] + [-1e30] * count
        last: list[tuple[int, int]] = [(UNKNOWN, 0)] * (count + 1)
        for start in range(count):
            for end in range(start + 1, min(count, start + self._longest) + 1):
                number = self._numbers.get(text[start:end])
                if number is not None:
                    score = best[start] + self._scores[number]
                elif end == start + 1:
                    number, score = UNKNOWN, best[start] + self._unknown
                else:
                    continue
                if score > best[end]:
                    best[end], last[end] = score, (number, start)
        found: list[int] = []
        at = count
        while at > 0:
            number, at = last[at]
            found.append(number)
        return found[::-1]
