"""Node's packages for tests: installed once a machine from the lock, outside the repository."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("javascript")


def modules() -> Path:
    """The node_modules of tests/javascript; skips, or fails in CI, where Node or npm is missing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "Node.js and npm are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    files = [HERE / "package.json", HERE / "package-lock.json"]
    key = hashlib.blake2b(b"".join(f.read_bytes() for f in files), digest_size=8).hexdigest()
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "frenemy" / f"npm-{key}"
    )
    if not (cache / "complete").exists():
        cache.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, cache)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=cache,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not done.returncode, done.stderr[-3000:]
        (cache / "complete").touch()
    return cache / "node_modules"


def run(script: Path, *arguments: str, text: str = "", **variables: str) -> str:
    """Standard output of a script that uses these packages.

    Raises:
        AssertionError: with its output, where it fails.
    """
    return _node([str(script), *arguments], text, variables)


def evaluate(code: str, text: str = "") -> str:
    """Standard output of a piece of code."""
    return _node(["-e", code], text, {})


def _node(arguments: list[str], text: str, variables: dict[str, str]) -> str:
    done = subprocess.run(
        ["node", *arguments],
        input=text,
        env={**os.environ, "NODE_PATH": str(modules()), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout
