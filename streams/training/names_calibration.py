"""Find how the encoder's word on names is weighed against the tagger's, the judge, and its threshold.

    python -m streams.training.names_calibration TEXTS.jsonl ...

The texts must be unknown to the network and to the tagger: those that `streams.training.written` holds
back. Of the texts full of other names one half is added to the judge's lessons; in the other half
false alarms are counted. Each file counts alike. Writes `names.json` beside the network and prints
what was tried.
"""

import argparse
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from streams.articles.companies import registry
from streams.articles.companies.finder import LEAST_COMPANY, CompanyFinder
from streams.articles.companies.tagger import MODEL_FILE, TaggerModel
from streams.articles.document import Document
from streams.articles.encoder.encoder import SHIPPED, vocabulary
from streams.articles.encoder.names import Names
from streams.articles.encoder.reading import Floats, NameBlend
from streams.training.companies import Experience
from streams.training.companies_measure import Measure
from streams.training.events_data import Record, document_of, load
from streams.training.written import held_back, ordinary_files, quiet_files, senses_files

WEIGHTS_OF_TAGGER = (1.0, 0.7, 0.4)
WEIGHTS_OF_ENCODER = (0.25, 0.5, 0.75, 1.0)
THRESHOLDS = tuple(round(0.3 + 0.05 * n, 2) for n in range(8))
ASK = 0.15
ORDINARY_WEIGHT = 2.0
QUIET_WEIGHT = 0.4
ALARM_COST = 0.002  # in F1: of one false alarm in 1,000 words that name no company


@dataclass
class Remembered:
    """The network, which reads each text once however often it is asked."""

    names: Names
    blend: NameBlend
    told: dict[tuple[str, str], Mapping[str, Floats]] = field(default_factory=dict)

    def of(self, document: Document) -> Mapping[str, Floats]:
        """Log-probabilities by field."""
        key = document.title.text, document.body.text
        if key not in self.told:
            self.told[key] = self.names.of(document)
        return self.told[key]


def f1(finder: CompanyFinder, records: Sequence[Record]) -> float:
    """F1 of companies."""
    measure = Measure()
    for record in records:
        measure.add(record, finder.find(document_of(record)))
    return measure.tallies["companies"].f1


def alarms_of(finder: CompanyFinder, records: Sequence[Record]) -> float:
    """Companies found in 1,000 words of texts that name none."""
    words = sum(len(record["text"].split()) for record in records)
    return 1000 * sum(len(finder.find(document_of(record))) for record in records) / words


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--tagger", type=Path, default=MODEL_FILE)
    parser.add_argument("--encoder", type=Path, default=SHIPPED)
    given = parser.parse_args()
    target = given.encoder / "names.json"
    model, companies = TaggerModel.load(given.tagger), registry.load()
    numbers = (*model.judge.mention, *model.judge.weights)
    blend = NameBlend(ASK, 1.0, 0.5, LEAST_COMPANY, numbers)
    target.write_bytes(msgspec.json.encode(blend))
    pieces, vectors, _ = vocabulary(given.encoder)
    names = Remembered(Names(given.encoder, pieces, vectors), blend)
    sets = [load([path]) for path in given.texts]
    senses = [record for record in load(senses_files()) if held_back(record)]
    ordinary = [record for record in load(ordinary_files()) if held_back(record)]
    quiet = load(quiet_files())
    shares = [len(sets[0]) / len(records) for records in sets]
    best = -1.0
    for own, of_encoder in itertools.product(WEIGHTS_OF_TAGGER, WEIGHTS_OF_ENCODER):
        names.blend = msgspec.structs.replace(
            blend, of_quick=own, of_encoder=of_encoder, judge=numbers
        )
        finder = CompanyFinder(companies, model, names=names)
        learned = Experience()
        for records, share in zip(sets, shares, strict=True):
            learned.add(finder, records, share)
        learned.add(finder, [*ordinary, *senses], ORDINARY_WEIGHT)
        learned.add(finder, quiet[::2], QUIET_WEIGHT)
        judge = learned.judge()
        for least in THRESHOLDS:
            names.blend = msgspec.structs.replace(
                names.blend, judge=(*judge.mention, *judge.weights), least=least
            )
            finder = CompanyFinder(companies, model, names=names)
            scores = [f1(finder, records) for records in sets]
            alarms = alarms_of(finder, quiet[1::2])
            value = sum(scores) / len(scores) - ALARM_COST * alarms
            if value > best:
                best = value
                target.write_bytes(msgspec.json.format(msgspec.json.encode(names.blend)) + b"\n")
                told = " ".join(f"{score:.3f}" for score in scores)
                print(  # noqa: T201 - a command tells how it goes
                    f"{own} {of_encoder} from {least}: {told}, {alarms:.2f} alarms", flush=True
                )


if __name__ == "__main__":
    main()
