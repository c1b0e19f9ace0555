"""The `console` blocks of the README, typed as they stand."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.samples import ARTICLES
from streams.wire import settings as declaration
from streams.wire.settings import Settings
from tests.broker.test_examples import needs
from tests.broker.waiting import wait_until
from tests.broker.worker_process import ROOT, environment

SECONDS = 90
BLOCKS = re.findall(
    r"^```console\n(.*?)^```$",
    (ROOT / "README.md").read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
ADDRESS = "kafka:9092"


def commands(block: str) -> list[str]:
    return re.findall(r"^\$ (.*)$", block, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader stands: `frenemy` is on the path, articles.jsonl is here."""
    program = tmp_path / "bin" / "frenemy"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m streams "$@"\n')
    program.chmod(0o755)
    shutil.copy(ARTICLES, tmp_path / "articles.jsonl")
    return tmp_path


def variables(folder: Path, settings: Settings) -> dict[str, str]:
    """The environment of the shell; with the settings that differ from their defaults."""
    plain = environment(settings)
    return {**plain, "PATH": f"{folder / 'bin'}:{plain['PATH']}"}


class Shell:
    """One line of a block, running; what it prints goes to a file."""

    def __init__(self, line: str, folder: Path, environment: dict[str, str]) -> None:
        self._out = folder / f"{abs(hash(line))}.out"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                ["bash", "-euc", line],
                stdout=out,
                stderr=out,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(SECONDS)


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
        env=variables(folder, declaration.load({}, {})),
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
    surroundings = variables(folder, settings)

    def typed(line: str) -> Shell:
        # What the first line exports is here the broker of the test.
        shells.append(Shell(line, folder, surroundings))
        return shells[-1]

    def ended(line: str) -> Shell:
        shell = typed(line)
        wait_until(lambda: shell.process.poll() is not None, SECONDS, line)
        assert shell.process.returncode == 0, shell.said
        return shell

    ended(topics)
    typed(worker)
    assert "sent" in ended(produce).said
    followed = typed(watch)
    wait_until(
        lambda: "OpenAI" in followed.said or followed.process.poll() is not None,
        SECONDS,
        "the first report on OpenAI",
    )
    assert "OpenAI" in followed.said, "\n".join(shell.said for shell in shells)
