"""Sample news for demonstrations and tests, written for this project; companies are real, papers are not."""

from pathlib import Path

ARTICLES = Path(__file__).with_name("articles.jsonl")
