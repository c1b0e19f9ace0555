"""A Dockerfile read into instructions, and its build stage carried out without a Docker engine."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a stage; stages count from 0."""

    stage: int
    word: str
    value: str


def instructions(text: str) -> list[Instruction]:
    """The instructions in order, continued lines joined."""
    joined = re.sub(r"\\\n", " ", "\n".join(li for li in text.split("\n") if li[:1] != "#"))
    stage = -1
    found = []
    for line in filter(str.strip, joined.split("\n")):
        word, _, value = line.strip().partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word, " ".join(value.split())))
    return found


def ignored(path: str, patterns: list[str]) -> bool:
    """Whether a .dockerignore keeps a path out; the last pattern that fits decides."""
    out = False
    for pattern in patterns:
        wanted = pattern.lstrip("!")
        parents = [path, *(str(p) for p in Path(path).parents)]
        if wanted.startswith("**/"):
            fits = wanted[3:] in Path(path).parts
        else:
            fits = any(fnmatch.fnmatch(parent, wanted) for parent in parents)
        if fits:
            out = not pattern.startswith("!")
    return out


def context_files() -> list[str]:
    """Files under version control, or about to be, that the .dockerignore lets through."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    text = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text()
    patterns = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [p for p in listed if not ignored(p, patterns) and (ROOT / p).is_file()]


def copy_context(target: Path) -> None:
    """Copy what the first stage copies into `target`, and nothing else."""
    files = context_files()
    for instruction in instructions(DOCKERFILE.read_text()):
        if instruction.stage or instruction.word != "COPY":
            continue
        *sources, to = instruction.value.split()
        for source in sources:
            chosen = [p for p in files if p == source or p.startswith(f"{source}/")]
            assert chosen, f"COPY {source}: not in the build context"
            for path in chosen:
                single = path == source
                place = target / to / Path(path).name if single else target / path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, place)


def build(folder: Path) -> Path:
    """Carry out the RUN instructions of the first stage under `folder`; returns its /opt/frenemy.

    Raises:
        AssertionError: with the output, where one fails.
    """
    source, opt, tools = folder / "src", folder / "opt", folder / "bin"
    for made in (source, opt, tools):
        made.mkdir(parents=True)
    (tools / "python").symlink_to(Path(sys.base_prefix, "bin", "python3"))
    copy_context(source)
    environment = {
        "PATH": f"{tools}:/usr/bin:/bin",
        "HOME": str(folder),
        "SOURCE_DATE_EPOCH": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **{k: v for k, v in os.environ.items() if k.lower().endswith("_proxy") or "PIP_" in k},
    }
    for instruction in instructions(DOCKERFILE.read_text()):
        if instruction.stage or instruction.word != "RUN":
            continue
        line = instruction.value.replace("/opt/", f"{opt}/")
        done = subprocess.run(
            ["/bin/sh", "-ec", line],
            cwd=source,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not done.returncode, f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return opt / "frenemy"
