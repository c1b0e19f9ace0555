"""Train the tagger and the judge of company finding.

    python -m streams.training.companies [--real FILE] [--out FILE]

reads `streams/training/texts/*.jsonl` and `streams/training/company_texts/*.jsonl`; `--real` adds
annotated news that does not lie in the repository. Needs python-crfsuite and scikit-learn. The same
texts, registry and word lists give the same bytes; the model's card names all of them by hash.

The judge learns from candidates that the tagger found in texts it was not trained on (three folds).
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from sklearn.linear_model import LogisticRegression

from streams.articles.companies import registry
from streams.articles.companies.features import PLACES, SLOT_BITS, FieldView, Reader
from streams.articles.companies.finder import CompanyFinder
from streams.articles.companies.judge import EVIDENCE, Judge, evidence
from streams.articles.companies.linking import Candidate
from streams.articles.companies.tagger import LABELS, MODEL_FILE, TaggerModel, place_attributes
from streams.articles.companies.words import WordLists
from streams.articles.document import Document, cut
from streams.training.companies_gold import Spans, gold_spans

FOLDER = Path(__file__).parent
FOLDS = 3
REPEAT_PLAIN = 2
REPEAT_REAL = 3
CRF = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "epsilon": 1e-4}
JUDGE_STRENGTH = 0.3
FORBIDDEN = -20.0

Text = dict[str, Any]
Sequence = tuple[pycrfsuite.ItemSequence, list[str]]


def load_texts(paths: Iterable[Path]) -> list[Text]:
    """Annotated texts, one a line."""
    return [
        json.loads(line)
        for path in paths
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]


def document_of(text: Text) -> Document:
    """An annotated text as an article."""
    return cut(text.get("title") or "", text["text"], text["lang"])


class Encoder:
    """Turns annotated texts into feature sequences with labels."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._attributes: dict[tuple[str, int, str], list[str]] = {}

    def sequences(self, texts: Iterable[Text]) -> list[Sequence]:
        """One sequence for each run of each text."""
        return [
            (pycrfsuite.ItemSequence(features), labels)
            for text in texts
            for features, labels in self._of(text)
        ]

    def _of(self, text: Text) -> Iterator[tuple[list[list[str]], list[str]]]:
        article = self.reader.read(document_of(text))
        spans = gold_spans(text)
        lang = text["lang"]
        at = 0
        for view in article.fields:
            labels = labels_of(view, spans)
            for run in view.runs:
                count = run.end - run.start
                features = []
                for word in range(at, at + count):
                    own = [f"#{slot}" for slot in article.slots[:, word].tolist()]
                    for place, row in zip(PLACES, article.places[word].tolist(), strict=True):
                        own += self._at(place, row, lang)
                    features.append(own)
                at += count
                wanted = labels[run.start : run.end]
                if wanted[0].startswith("I"):
                    wanted[0] = "B" + wanted[0][1:]
                yield features, wanted

    def _at(self, place: str, row: int, lang: str) -> list[str]:
        key = (place, row, lang)
        known = self._attributes.get(key)
        if known is None:
            attributes = self.reader.vocabulary.attributes(row, lang)
            known = self._attributes[key] = place_attributes(place, attributes)
        return known


def labels_of(view: FieldView, spans: Spans) -> list[str]:
    """A label for each word of a field."""
    labels = ["O"] * len(view.words)
    for company in sorted(spans):
        both = spans[company]
        for kind, places in (("N", both["name"]), ("P", both["any"] - both["name"])):
            for field, start, end in sorted(places):
                if field != view.field.name:
                    continue
                prefix = "B-"
                for i in range(max(view.field.word_at(start), 0), len(labels)):
                    if view.field.starts[i] >= end:
                        break
                    if view.field.ends[i] > start:
                        labels[i] = prefix + kind
                        prefix = "I-"
    return labels


def fit_tagger(parts: list[tuple[list[Sequence], int]]) -> TaggerModel:
    """A tagger from sequences, each part repeated so often."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for sequences, repeat in parts:
        for _ in range(repeat):
            for features, labels in sequences:
                trainer.append(features, labels)
    trainer.set_params(CRF)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "model.crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        info = tagger.info()
    names = sorted({name for name, _ in info.state_features if not name.startswith("#")})
    rows = {name: row for row, name in enumerate(names, start=1)}
    weights = np.zeros((len(rows) + 1, len(LABELS)), np.float32)
    slots = np.zeros((1 << SLOT_BITS, len(LABELS)), np.float32)
    for (name, label), weight in info.state_features.items():
        if name.startswith("#"):
            slots[int(name[1:]), LABELS.index(label)] = weight
        else:
            weights[rows[name], LABELS.index(label)] = weight
    transitions = np.zeros((len(LABELS), len(LABELS)), np.float32)
    for (before, after), weight in info.transitions.items():
        transitions[LABELS.index(before), LABELS.index(after)] = weight
    for before, after in ((0, 2), (0, 4), (1, 4), (2, 4), (3, 2), (4, 2)):
        transitions[before, after] = FORBIDDEN
    return TaggerModel(rows, weights, slots, transitions, _first_judge(), {})


def _first_judge() -> Judge:
    return Judge(tuple(float(name == "best name") for name in EVIDENCE))


def is_company(text: Text, candidate: Candidate, spans: Spans) -> bool:
    """Whether a candidate lies on a company or product of the annotation."""
    for span in (*candidate.spans, *candidate.products):
        start, end = span.offsets
        name = span.view.field.name
        for company in text["companies"]:
            for field, begin, finish in spans[company["id"]]["any"]:
                if field == name and begin < end and start < finish:
                    return True
    return False


def judged(finder: CompanyFinder, texts: Iterable[Text]) -> tuple[list[list[float]], list[bool]]:
    """Evidence and truth of all candidates of these texts."""
    rows: list[list[float]] = []
    truth: list[bool] = []
    for text in texts:
        article, candidates = finder.candidates(document_of(text))
        spans = gold_spans(text)
        for candidate in candidates:
            rows.append(evidence(candidate, article))
            truth.append(is_company(text, candidate, spans))
    return rows, truth


def fit_judge(rows: list[list[float]], truth: list[bool]) -> Judge:
    """Logistic weights of the evidence."""
    values = np.array(rows)
    scale = values.std(axis=0) + 1e-6
    scale[0] = 1.0
    model = LogisticRegression(C=JUDGE_STRENGTH, fit_intercept=False, max_iter=3000)
    model.fit(values / scale, np.array(truth))
    return Judge(tuple(round(float(w), 4) for w in model.coef_[0] / scale))


def train(written: list[Text], plain: list[Text], real: list[Text]) -> TaggerModel:
    """The model: judge from folds of `plain` and `real`, tagger from everything."""
    companies = registry.load()
    lists = WordLists.load()
    encoder = Encoder(Reader(companies, lists))
    base = encoder.sequences(written)
    folds = [(plain[k::FOLDS], real[k::FOLDS]) for k in range(FOLDS)]
    encoded = [(encoder.sequences(p), encoder.sequences(r)) for p, r in folds]
    rows: list[list[float]] = []
    truth: list[bool] = []
    for k, (own_plain, own_real) in enumerate(folds):
        model = fit_tagger(_parts(base, [e for i, e in enumerate(encoded) if i != k]))
        more_rows, more_truth = judged(
            CompanyFinder(companies, model, lists), own_real or own_plain
        )
        rows += more_rows
        truth += more_truth
    model = fit_tagger(_parts(base, encoded))
    return TaggerModel(
        model.rows, model.weights, model.slots, model.transitions, fit_judge(rows, truth), {}
    )


def _parts(
    base: list[Sequence], encoded: list[tuple[list[Sequence], list[Sequence]]]
) -> list[tuple[list[Sequence], int]]:
    parts = [(base, 1)]
    for plain, real in encoded:
        parts += [(plain, REPEAT_PLAIN), (real, REPEAT_REAL)]
    return parts


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, nargs="*", default=[])
    parser.add_argument("--written", type=Path, nargs="*", help="instead of texts/*.jsonl")
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    args = parser.parse_args()
    written = args.written or sorted((FOLDER / "texts").glob("*.jsonl"))
    plain = sorted((FOLDER / "company_texts").glob("*.jsonl"))
    model = train(load_texts(written), load_texts(plain), load_texts(args.real))
    card: dict[str, Any] = {
        "registry": registry.load().version,
        "texts": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            for path in (*written, *plain, *args.real)
        },
        "crf": CRF,
    }
    TaggerModel(model.rows, model.weights, model.slots, model.transitions, model.judge, card).save(
        args.out
    )


if __name__ == "__main__":
    main()
