"""Feeds hostile inputs to all that takes them, and says what broke.

    python -m tests.fuzz --inputs 1000000 --seed 1
    python -m tests.fuzz --inputs 20000 --target analysis --engine mutation

With atheris where it is installed (`pip install atheris`), guided by what of our code an input reaches; else with
mutations of our own over the same kept corpus. Exit code 0 where nothing broke. What broke is written to --folder, to
be kept under tests/data/fuzz/broken; --keep writes what was found worth keeping into the corpus.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import corpus
from tests.fuzz.targets import TARGETS, Target

MOST_KEPT = 150


@dataclass(frozen=True, slots=True)
class Result:
    """One target's run."""

    inputs: int
    seconds: float
    memory_kb: int
    broken: tuple[Path, ...]
    told: str


def engine_of(wanted: str) -> str:
    """The engine to use: atheris where it is installed, unless another is asked for."""
    if wanted != "auto":
        return wanted
    return "atheris" if importlib.util.find_spec("atheris") else "mutation"


def run(target: Target, engine: str, count: int, seed: int, folder: Path) -> Result:
    """Feed one target in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.fuzz.engines",
            engine,
            target.name,
            str(count),
            str(seed),
            str(folder),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    reports = [json.loads(x) for x in done.stdout.splitlines() if x.startswith('{"inputs"')]
    report = reports[-1] if reports else {"inputs": 0, "memory_kb": 0}
    broken = tuple(sorted(folder.glob("broken-*")))
    failed = done.returncode != 0
    return Result(
        report["inputs"],
        time.monotonic() - begin,
        report["memory_kb"],
        broken,
        "\n".join((done.stdout + done.stderr).splitlines()[-25:]) if failed else "",
    )


def smallest(target: Target, folder: Path) -> list[bytes]:
    """The fewest inputs that reach what all of them reach, as libFuzzer's merge finds them."""
    found = [p.read_bytes() for p in sorted((folder / "new").glob("*"))]
    return sorted((x for x in found if len(x) <= 1_024), key=len)[:MOST_KEPT]


def main(arguments: list[str] | None = None) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(
        "python -m tests.fuzz",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--inputs", type=int, default=100_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=list(TARGETS), action="append", help="only this one")
    parser.add_argument("--engine", choices=["auto", "atheris", "mutation"], default="auto")
    parser.add_argument("--folder", type=Path, help="where inputs that broke something go")
    parser.add_argument("--keep", action="store_true", help="keep in the corpus what was found")
    given = parser.parse_args(arguments)
    chosen = [TARGETS[name] for name in given.target or TARGETS]
    folder = given.folder or Path(tempfile.mkdtemp(prefix="frenemy-fuzz-"))
    engine = engine_of(given.engine)
    whole = sum(target.share for target in chosen)
    total = failures = 0
    _say(f"engine {engine}, seed {given.seed}")
    for target in chosen:
        count = max(1, round(given.inputs * target.share / whole))
        result = run(target, engine, count, given.seed, folder / target.name)
        total += result.inputs
        failures += bool(result.broken or result.told)
        _say(
            f"{target.name:10} {result.inputs:9} inputs {result.seconds:7.0f} s "
            f"{result.memory_kb // 1024:5} MB {len(result.broken)} broken"
        )
        if result.told:
            _say(result.told)
        for path in result.broken:
            _say(f"  {path}")
        if given.keep and engine == "atheris":
            corpus.keep(
                target.name, [*corpus.found(target.name), *smallest(target, folder / target.name)]
            )
    _say(f"{total} inputs, {failures} of {len(chosen)} targets broken")
    return 1 if failures else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
