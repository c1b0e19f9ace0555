"""A line typed into a shell, as readers of the documentation type it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

SECONDS = 90


def blocks(page: Path, kind: str) -> list[str]:
    """The blocks of a page of this kind (`sh`, `console`), without their fences."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """What is typed in a `console` block."""
    return re.findall(r"^\$ (.*)$", block, re.MULTILINE)


def with_frenemy(folder: Path, surroundings: dict[str, str]) -> dict[str, str]:
    """The environment with a `frenemy` on the path, which is this tree's."""
    program = folder / "bin" / "frenemy"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m streams "$@"\n')
    program.chmod(0o755)
    return {**surroundings, "PATH": f"{program.parent}:{surroundings['PATH']}"}


class Shell:
    """One line, running; what it prints goes to a file."""

    def __init__(self, line: str, folder: Path, surroundings: dict[str, str]) -> None:
        self._out = folder / f"{len(list(folder.glob('*.out')))}.out"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                ["bash", "-euc", line],
                stdout=out,
                stderr=out,
                cwd=folder,
                env=surroundings,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """All that it printed so far."""
        return self._out.read_text(encoding="utf-8")

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """End it, with all that it started."""
        if not self.ended:
            os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(SECONDS)
