"""Measure events end to end on the sentences of CORE that no model learned from.

    python -m streams.training.core_measure CORE.json [--reader quick|thorough]

Each sentence goes in as a raw article. An event counts where it is between companies that lie on the two
entities given; of other pairs the set says nothing.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import msgspec

from streams.articles.events.model import TYPES
from streams.messages import Company
from streams.training.events_core import RELATIONS, Span, parts, sentence
from streams.training.measure import Tally, analyst_of


def those_on(companies: Sequence[Company], span: Span) -> set[str]:
    """Ids of the companies with a mention on these code points of the body."""
    return {
        company.id
        for company in companies
        for m in company.mentions
        if m.field == "body" and m.start < span[1] and span[0] < m.end
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("core", type=Path)
    parser.add_argument("--reader", choices=("quick", "thorough"))
    given = parser.parse_args()
    analyst = analyst_of(given.reader)
    tallies = {type_: Tally() for type_ in TYPES}
    reached = count = 0
    for number, item in enumerate(parts(given.core)[1]):
        text, spans = sentence(item["context"])
        article = {"id": str(number), "body": text, "lang": "en"}
        found = analyst.enrich(msgspec.json.encode(article), "2000-01-01T00:00:00Z")
        one, other = (
            those_on(found.companies, (spans[item[f"{e}_start"]][0], spans[item[f"{e}_end"]][1]))
            for e in ("e1", "e2")
        )
        count += 2
        reached += bool(one) + bool(other)
        relation = RELATIONS.get(item["relation"])
        told = set()
        for event in found.events:
            first, second = (p.id for p in event.participants)
            if (first in one and second in other) or (first in other and second in one):
                told.add(event.type)
        for type_, tally in tallies.items():
            tally.right += type_ in told and type_ == relation
            tally.wrong += type_ in told and type_ != relation
            tally.missed += type_ not in told and type_ == relation
    print("| | precision | recall | F1 |\n| --- | --- | --- | --- |")  # noqa: T201
    for type_, tally in tallies.items():
        print(f"| {type_} | {tally.cells()} |")  # noqa: T201
    print(f"of {count} entities {reached / count:.3f} were found as companies")  # noqa: T201


if __name__ == "__main__":
    main()
