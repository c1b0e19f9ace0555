"""What a scrape costs a worker that has seen hostile news: processor time, series, bytes.

    python -m tests.bench.scrape [--articles 100000]

A scrape is answered between two messages, so this is what it takes from the articles; how long the
scraper waits depends on the load of the machine as well.
"""

import argparse
import statistics
import time

from streams.wire import settings as declaration
from streams.wire.exposition import Exposition
from streams.wire.meter import Meter
from streams.wire.metrics import Metrics
from streams.wire.watchlist import Watchlist
from tests.unit.wire.hostile_news import WATCHED, count

ROUNDS = 200


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=100_000)
    settings = declaration.load({}, WATCHED)
    metrics = Metrics()
    count(Meter(metrics, Watchlist.of(settings), settings.tail), parser.parse_args().articles)
    exposition = Exposition(metrics.registry)
    text, spent = b"", []
    for _ in range(ROUNDS):
        begin = time.process_time()
        text = exposition.openmetrics()
        spent.append(1_000 * (time.process_time() - begin))
    series = sum(not line.startswith(b"#") for line in text.splitlines())
    tail = statistics.quantiles(spent, n=20)[-1]
    print(f"{series} series, {len(text):,} bytes, ", end="")  # noqa: T201
    print(f"{statistics.median(spent):.1f} ms median, {tail:.1f} ms at the 95th percentile")  # noqa: T201


if __name__ == "__main__":
    main()
