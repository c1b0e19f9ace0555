"""Train the tagger and the judge of company finding.

    python -m streams.training.companies [--real FILE] [--out FILE]

reads `streams/training/texts/*.jsonl` and `streams/training/company_texts/*.jsonl`; `--real` adds
annotated news that does not lie in the repository. Needs python-crfsuite and scikit-learn. The same
texts, registry and word lists give the same bytes; the model's card names all of them by hash.

The judge learns from candidates that the tagger found in texts it was not trained on (three folds).
"""

import argparse
import hashlib
import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pycrfsuite
from sklearn.linear_model import LogisticRegression

from streams.articles.companies import registry
from streams.articles.companies.article import FieldView
from streams.articles.companies.features import PLACES, SLOT_BITS
from streams.articles.companies.finder import LEAST_COMPANY, CompanyFinder
from streams.articles.companies.judge import EVIDENCE, Judge, evidence, known_companies, logit
from streams.articles.companies.linking import Candidate
from streams.articles.companies.reader import Reader
from streams.articles.companies.spans import Span
from streams.articles.companies.tagger import LABELS, MODEL_FILE, TaggerModel, place_attributes
from streams.articles.companies.words import WordLists
from streams.articles.document import Document, cut
from streams.training.companies_gold import Spans, gold_spans
from streams.training.events_data import load
from streams.training.written import (
    halves,
    learned,
    ordinary_files,
    senses_files,
    written_files,
)

FOLDS = 3
REPEAT_PLAIN = 2
REPEAT_REAL = 3
JUDGE_WRITTEN = 200
WEIGHT_REAL = 2.0
WEIGHT_SENSES = 0.15
CUES_PLAIN = 4
CUE_LEAST = 8
MOST_CUE = 1.5
CRF = {"c1": 0.05, "c2": 0.05, "max_iterations": 80, "epsilon": 1e-4}
JUDGE_STRENGTH = 0.3
FORBIDDEN = -20.0

Text = dict[str, Any]
Sequence = tuple[pycrfsuite.ItemSequence, list[str]]


def document_of(text: Text) -> Document:
    """An annotated text as an article."""
    return cut(text.get("title") or "", text["text"], text["lang"])


class Encoder:
    """Turns annotated texts into feature sequences with labels."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._attributes: dict[tuple[str, int, str], list[str]] = {}

    def encode(self, texts: "Texts") -> list[Sequence]:
        """All sequences; ordinary and real news are repeated, since they are few."""
        written = self.sequences(texts.written)
        plain, real = self.sequences(texts.plain), self.sequences(texts.real)
        senses = self.sequences(texts.senses)
        return [*written, *senses, *(plain * REPEAT_PLAIN), *(real * REPEAT_REAL)]

    def sequences(self, texts: Iterable[Text]) -> list[Sequence]:
        """One sequence for each run of each text."""
        return [
            (pycrfsuite.ItemSequence(features), labels)
            for text in texts
            for features, labels in self._of(text)
        ]

    def cues(self, texts: "Texts") -> dict[str, float]:
        """Log odds of words in sentences with companies against sentences with other names."""
        near: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        for text in (*texts.written, *(texts.plain * CUES_PLAIN), *(texts.real * REPEAT_REAL)):
            article = self.reader.read(document_of(text))
            spans = gold_spans(text)
            for view in article.fields:
                labels = labels_of(view, spans)
                for run in article.runs(view):
                    named = any(label != "O" for label in labels[run.start : run.end])
                    first, last = view.field.sentences[view.field.sentence_of(run.start)]
                    words = {w.low for w in view.words[first:last] if w.kind == "j"}
                    near[named].update(words)
        totals = [sum(c.values()) for c in near]
        odds = {
            word: math.log((near[1][word] + 2) / totals[1])
            - math.log((near[0][word] + 2) / totals[0])
            for word in sorted(near[0].keys() | near[1].keys())
            if near[0][word] + near[1][word] >= CUE_LEAST
        }
        return {w: round(max(-MOST_CUE, min(MOST_CUE, o)), 2) for w, o in odds.items()}

    def _of(self, text: Text) -> Iterator[tuple[list[list[str]], list[str]]]:
        article = self.reader.read(document_of(text))
        spans = gold_spans(text)
        lang = text["lang"]
        at = 0
        for view in article.fields:
            labels = labels_of(view, spans)
            for run in article.runs(view):
                count = run.end - run.start
                features = []
                for word in range(at, at + count):
                    own = [f"#{slot}" for slot in article.slots[:, word].tolist()]
                    for place, row in zip(PLACES, article.places[:, word].tolist(), strict=True):
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
            for where, start, end in sorted(places):
                if where != view.field.name:
                    continue
                prefix = "B-"
                for i in range(max(view.field.word_at(start), 0), len(labels)):
                    if view.field.starts[i] >= end:
                        break
                    if view.field.ends[i] > start:
                        labels[i] = prefix + kind
                        prefix = "I-"
    return labels


def fit_tagger(sequences: list[Sequence], cues: dict[str, float]) -> TaggerModel:
    """A tagger from sequences, with cue words for the judge."""
    trainer = pycrfsuite.Trainer(verbose=False)
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
    return TaggerModel(rows, weights, slots, transitions, _first_judge(), cues, {})


def _first_judge() -> Judge:
    return Judge(tuple(float(name == "best name") for name in EVIDENCE), (0.0, 0.5, 0.5))


@dataclass(slots=True)
class Experience:
    """What the judge learns from: candidates with their evidence, and single places, with truth."""

    evidence: list[list[float]] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    weight: list[float] = field(default_factory=list)
    candidates: list[tuple[Candidate, list[tuple[float, bool]]]] = field(default_factory=list)

    def add(self, finder: CompanyFinder, texts: Iterable[Text], weight: float) -> None:
        """Candidates of texts that the finder's tagger was not trained on."""
        for text in texts:
            article, candidates = finder.candidates(document_of(text))
            spans = gold_spans(text)
            known = known_companies(candidates)
            for candidate in candidates:
                places = [(s.name, lies_on(text, s, spans)) for s in candidate.spans]
                places += [(s.product, lies_on(text, s, spans)) for s in candidate.products]
                self.evidence.append(evidence(candidate, article, known))
                self.truth.append(any(right for _, right in places))
                self.weight.append(weight)
                self.candidates.append((candidate, places))

    def judge(self) -> Judge:
        """Logistic weights of the evidence, then of a single place."""
        values = np.array(self.evidence)
        scale = values.std(axis=0) + 1e-6
        scale[0] = 1.0
        model = LogisticRegression(C=JUDGE_STRENGTH, fit_intercept=False, max_iter=3000)
        model.fit(values / scale, np.array(self.truth), sample_weight=self.weight)
        weights = tuple(round(float(w), 4) for w in model.coef_[0] / scale)
        sure = 1.0 / (1.0 + np.exp(-np.clip(values @ np.array(weights), -30, 30)))
        rows, truth = [], []
        for company, (_, places) in zip(sure.tolist(), self.candidates, strict=True):
            if company >= LEAST_COMPANY:
                rows += [(1.0, logit(company), logit(place)) for place, _ in places]
                truth += [right for _, right in places]
        places_model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=3000)
        places_model.fit(np.array(rows), np.array(truth))
        constant, of_company, of_place = (round(float(w), 4) for w in places_model.coef_[0])
        return Judge(weights, (constant, of_company, of_place))


def lies_on(text: Text, span: Span, spans: Spans) -> bool:
    """Whether a stretch lies on a company or product of the annotation."""
    start, end = span.offsets
    name = span.view.field.name
    return any(
        where == name and begin < end and start < finish
        for company in text["companies"]
        for where, begin, finish in spans[company["id"]]["any"]
    )


@dataclass(slots=True)
class Texts:
    """Texts by kind: written business and ordinary news, words in two senses, real news."""

    written: list[Text]
    plain: list[Text]
    senses: list[Text]
    real: list[Text]

    def fold(self, k: int) -> "Texts":
        """The texts of one fold."""
        kinds = (self.written, self.plain, self.senses, self.real)
        return Texts(*(texts[k::FOLDS] for texts in kinds))

    def without(self, k: int) -> "Texts":
        """The texts of all other folds."""

        def others(texts: list[Text]) -> list[Text]:
            return [text for i, text in enumerate(texts) if i % FOLDS != k]

        kinds = (self.written, self.plain, self.senses, self.real)
        return Texts(*(others(texts) for texts in kinds))


def folds(
    texts: Texts, companies: registry.Registry, lists: WordLists
) -> Iterator[tuple[Texts, TaggerModel]]:
    """Each fold of the texts with a tagger of all others; its judge is a first one."""
    encoder = Encoder(Reader(companies, lists))
    parts = [texts.fold(k) for k in range(FOLDS)]
    encoded = [encoder.encode(part) for part in parts]
    for k, part in enumerate(parts):
        others = [s for i, e in enumerate(encoded) if i != k for s in e]
        yield part, fit_tagger(others, encoder.cues(texts.without(k)))


def experience(texts: Texts, companies: registry.Registry, lists: WordLists) -> Experience:
    """Candidates in texts that the tagger has not seen, fold by fold."""
    learned = Experience()
    for fold, tagger in folds(texts, companies, lists):
        finder = CompanyFinder(companies, tagger, lists)
        learned.add(finder, fold.written[:JUDGE_WRITTEN], 1.0)
        learned.add(finder, fold.plain, 1.0)
        learned.add(finder, fold.senses, WEIGHT_SENSES)
        learned.add(finder, fold.real, WEIGHT_REAL)
    return learned


def train(texts: Texts) -> TaggerModel:
    """The model: the judge from folds, the tagger from everything."""
    companies = registry.load()
    lists = WordLists.load()
    judge = experience(texts, companies, lists).judge()
    encoder = Encoder(Reader(companies, lists))
    return replace(fit_tagger(encoder.encode(texts), encoder.cues(texts)), judge=judge)


def texts_of(written: Iterable[Path], real: Iterable[Path]) -> Texts:
    """What is learned from: the texts of these files, and those without companies."""
    return Texts(
        written=learned(load(written)),
        plain=learned(load(ordinary_files())),
        senses=learned(load(senses_files())),
        real=halves(load(real))[0],
    )


def main() -> None:
    """Train and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, nargs="*", default=[])
    parser.add_argument("--written", type=Path, nargs="*", help="instead of texts/*.jsonl")
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    args = parser.parse_args()
    written = args.written or written_files()
    plain, senses = ordinary_files(), senses_files()
    model = train(texts_of(written, args.real))
    card: dict[str, Any] = {
        "registry": registry.load().version,
        "texts": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            for path in (*written, *plain, *senses, *args.real)
        },
        "crf": CRF,
    }
    replace(model, card=card).save(args.out)


if __name__ == "__main__":
    main()
