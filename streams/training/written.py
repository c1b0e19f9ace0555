"""The texts that were written to learn from, and which of them no model may learn from.

    python -m streams.training.written            the written texts that are held back, one a line
    python -m streams.training.written --also F   those of another annotated file

Every tenth written text and every second one of another file is held back from all training, so that
all models can be weighed and measured on the same unseen texts.
"""

import argparse
import json
import sys
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from streams.training.events_data import load

TEXTS = Path(__file__).parent / "texts"
COMPANY_TEXTS = Path(__file__).parent / "company_texts"
EVERY = 10

Text = dict[str, Any]


def held_back(text: Text) -> bool:
    """Whether a written text is kept from training."""
    return zlib.crc32(text["text"].encode()) % EVERY == 0


def learned(texts: Iterable[Text]) -> list[Text]:
    """The written texts to learn from."""
    return [text for text in texts if not held_back(text)]


def halves(texts: Sequence[Text]) -> tuple[list[Text], list[Text]]:
    """Of the texts of another file those to learn from, and those held back."""
    return list(texts[::2]), list(texts[1::2])


def written_files() -> list[Path]:
    """Business news with companies and their relations."""
    return sorted(TEXTS.glob("*.jsonl"))


def ordinary_files() -> list[Path]:
    """Texts that name no company."""
    return sorted(COMPANY_TEXTS.glob("ordinary_*.jsonl"))


def quiet_files() -> list[Path]:
    """Texts full of names of which none is a company's; no model learns from them, judges do."""
    return sorted(COMPANY_TEXTS.glob("quiet_*.jsonl"))


def senses_files() -> list[Path]:
    """Texts with words that are a company here and something else there."""
    return sorted(COMPANY_TEXTS.glob("two_senses_*.jsonl"))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--also", type=Path, help="another annotated file")
    given = parser.parse_args()
    files = [given.also] if given.also else written_files()
    texts = load(files)
    kept = halves(texts)[1] if given.also else [text for text in texts if held_back(text)]
    for text in kept:
        sys.stdout.write(json.dumps(text, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
