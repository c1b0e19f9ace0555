"""What the company finder sees in texts that it has not learned from.

    python -m streams.training.companies_unseen [--real FILE ...] --out FILE

The shipped tagger knows the written texts, and finds nearly every company of them; in the articles of a
stream it misses some and invents others. Whatever learns to read relations has to meet such
companies, so here each text is read by a tagger that was trained on the other folds. Writes one JSON
object a text (`text`: CRC-32 of its body, `companies`), for `streams.training.events_seen`.
Needs python-crfsuite and scikit-learn.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import msgspec

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.companies.words import WordLists
from streams.training.companies import document_of, folds, texts_of
from streams.training.events_seen import UnseenText, number_of
from streams.training.written import written_files


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="more annotated news")
    parser.add_argument("--written", type=Path, nargs="*", help="instead of texts/*.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    texts = texts_of(given.written or written_files(), given.real)
    companies, lists, judge = registry.load(), WordLists.load(), TaggerModel.load().judge
    lines: list[bytes] = []
    for fold, tagger in folds(texts, companies, lists):
        finder = CompanyFinder(companies, replace(tagger, judge=judge), lists)
        for text in (*fold.written, *fold.real):
            found = tuple(finder.find(document_of(text)))
            lines.append(msgspec.json.encode(UnseenText(number_of(text["text"]), found)))
    given.out.write_bytes(b"\n".join(lines) + b"\n")


if __name__ == "__main__":
    main()
