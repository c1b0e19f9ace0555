"""What company finding costs: microseconds an article, start-up seconds, megabytes.

    python -m tests.bench.companies [--texts FILE.jsonl] [--words 400]

Articles are made of consecutive training texts until they have the words asked for. Time is processor
time of one core, the best of several rounds, after the first round has met all words.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from streams.articles.companies import registry
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.tagger import TaggerModel
from streams.articles.document import Document, cut

TEXTS = Path(__file__).parents[2] / "streams" / "training" / "company_texts"


def memory() -> float:
    """Largest resident size so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def articles(paths: list[Path], words: int) -> list[Document]:
    """Texts joined to articles of at least so many words."""
    made: list[Document] = []
    for lang in ("en", "fr"):
        title, body, size = "", [], 0
        for path in paths:
            for line in path.read_text("utf-8").splitlines():
                text = json.loads(line)
                if text["lang"] != lang:
                    continue
                title = title or text.get("title") or ""
                body.append(text["text"])
                size += len(text["text"].split())
                if size >= words:
                    made.append(cut(title, "\n\n".join(body), lang))
                    title, body, size = "", [], 0
    return made


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, nargs="*", default=sorted(TEXTS.glob("*.jsonl")))
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    documents = articles(args.texts, args.words)
    before = memory()
    start = time.process_time()
    companies = registry.load()
    loaded = time.process_time()
    registry_size = memory() - before
    finder = CompanyFinder(companies, TaggerModel.load())
    ready = time.process_time()
    found, rounds = 0, []
    for _ in range(args.rounds):
        begin = time.process_time()
        found = sum(len(finder.find(d)) for d in documents)
        rounds.append((time.process_time() - begin) / len(documents) * 1e6)
    words = sum(len(d.body.words) + len(d.title.words) for d in documents) / len(documents)
    figures = {
        "articles": len(documents),
        "words_and_signs_an_article": round(words),
        "companies_an_article": round(found / len(documents), 1),
        "microseconds_an_article": round(min(rounds)),
        "microseconds_an_article_first_round": round(rounds[0]),
        "registry_companies": len(companies),
        "registry_start_seconds": round(loaded - start, 3),
        "finder_start_seconds": round(ready - loaded, 3),
        "registry_megabytes": round(registry_size, 1),
        "finder_megabytes": round(memory() - before - registry_size, 1),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
