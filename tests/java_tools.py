"""Jars for tests, fetched once a machine, and single Java files run with them."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).with_name("java")


def jars(pom: Path) -> Path:
    """The folder of a pom's dependencies; skips, or fails in CI, where Java or Maven is missing."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        reason = "Java 17 and Maven are not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    key = hashlib.blake2b(pom.read_bytes(), digest_size=8).hexdigest()
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "frenemy" / f"jars-{key}"
    )
    if not (cache / "complete").exists():
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [
                *("mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"),
                *("-DincludeScope=runtime", f"-DoutputDirectory={cache}"),
            ],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not done.returncode, done.stdout[-3000:] + done.stderr[-3000:]
        (cache / "complete").touch()
    return cache


def run(source: Path, classpath: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a single Java file with the jars of a folder."""
    return subprocess.run(
        ["java", "-Xmx256m", "-cp", f"{classpath}/*", str(source), *arguments],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
