"""The distributions of the project, built as for a release from what is under version control."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).resolve().parents[1]


@cache
def distributions() -> tuple[Path, Path]:
    """Wheel and source distribution; the wheel is built from the latter, as installers do."""
    folder = Path(mkdtemp(prefix="frenemy-dist-"))
    tree = folder / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    _run("uv", "build", "-q", "--out-dir", str(folder / "dist"), str(tree))
    shutil.rmtree(tree)
    (wheel,) = (folder / "dist").glob("*.whl")
    (source,) = (folder / "dist").glob("*.tar.gz")
    return wheel, source


def install(target: Path) -> Path:
    """Unpack the wheel into a folder for sys.path; its dependencies are those of this Python."""
    wheel, _ = distributions()
    _run("uv", "pip", "install", "-q", "--no-deps", "--target", str(target), str(wheel))
    return target


def _run(*command: str) -> None:
    tool = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(tool) if tool.exists() else command[0], *command[1:]],
        env={**os.environ, "UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert not done.returncode, done.stderr
