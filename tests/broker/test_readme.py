"""The `console` blocks of the README, typed as they stand."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.samples import ARTICLES
from streams.wire import settings as declaration
from streams.wire.settings import Settings
from tests.broker.shell import SECONDS, Shell, blocks, commands, with_frenemy
from tests.broker.test_examples import needs
from tests.broker.waiting import wait_until
from tests.broker.worker_process import ROOT, environment

BLOCKS = blocks(ROOT / "README.md", "console")
ADDRESS = "kafka:9092"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader stands, with articles.jsonl."""
    shutil.copy(ARTICLES, tmp_path / "articles.jsonl")
    return tmp_path


@pytest.fixture
def shells() -> Iterator[list[Shell]]:
    """Lines that go on running; they end with the test."""
    running: list[Shell] = []
    yield running
    for shell in running:
        shell.stop()


def test_one_article_gives_what_the_readme_shows(folder: Path) -> None:
    needs("jq")
    line, *shown = BLOCKS[0].splitlines()

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line.removeprefix("$ ")],
        cwd=folder,
        env=with_frenemy(folder, environment(declaration.load({}, {}))),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.stdout.splitlines() == shown, done.stderr


@pytest.mark.broker
@pytest.mark.timeout(400)
def test_the_commands_for_a_kafka_of_ones_own(
    settings: Settings, folder: Path, shells: list[Shell]
) -> None:
    export, *lines = commands(BLOCKS[1])
    assert export == f"export FRENEMY_BROKER={ADDRESS}"
    topics, worker, produce, watch = lines
    surroundings = with_frenemy(folder, environment(settings))

    def typed(line: str) -> Shell:
        # What the first line exports is here the broker of the test.
        shells.append(Shell(line, folder, surroundings))
        return shells[-1]

    def ended(line: str) -> Shell:
        shell = typed(line)
        wait_until(lambda: shell.ended, SECONDS, line)
        assert shell.process.returncode == 0, shell.said
        return shell

    ended(topics)
    typed(worker)
    assert "sent" in ended(produce).said
    followed = typed(watch)
    wait_until(
        lambda: "OpenAI" in followed.said or followed.ended,
        SECONDS,
        "the first report on OpenAI",
    )
    assert "OpenAI" in followed.said, "\n".join(shell.said for shell in shells)
