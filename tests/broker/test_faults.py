"""A short attack: nothing is lost, nothing is there that should not be, relations are the same.

The long one is `python -m tests.faults --faults 200`.
"""

from pathlib import Path

import pytest

from tests.broker import apache_kafka
from tests.broker.conftest import some_apache_kafka
from tests.faults.__main__ import attack

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]


def test_a_short_attack_loses_nothing(tmp_path: Path) -> None:
    if not apache_kafka.available():
        some_apache_kafka()
    verdict, story = attack(
        [
            "kill worker",
            "kill worker and broker",
            "pause worker",
            "restart broker",
            "kill all workers",
        ],
        seed=11,
        rate=20.0,
        workers=2,
        tell=False,
        logs=tmp_path,
    )
    assert verdict.clean, (verdict, story)
    assert story.articles
