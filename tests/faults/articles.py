"""Articles for the harness: the samples told again under other ids, some of them broken on purpose."""

import json
from collections.abc import Iterator

from streams.samples import ARTICLES

SAMPLES = [json.loads(line) for line in ARTICLES.read_bytes().splitlines() if line.strip()]
BROKEN_EVERY = 25


def article(number: int) -> tuple[bytes | None, bytes]:
    """Key and value of an article; every 25th is no article, every third unkeyed."""
    if number % BROKEN_EVERY == BROKEN_EVERY - 1:
        return None, b'{"title": "cut off, number %d' % number
    told = dict(SAMPLES[number % len(SAMPLES)])
    told["id"] = f"article-{number}"
    del told["url"]
    value = json.dumps(told, ensure_ascii=False).encode()
    return (None if number % 3 == 0 else told["id"].encode()), value


def articles(count: int) -> Iterator[tuple[bytes | None, bytes]]:
    """The first so many articles."""
    return (article(number) for number in range(count))
