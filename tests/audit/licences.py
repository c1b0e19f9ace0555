"""The licences of all that is installed with us, from the metadata of the distributions."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).with_name("licences.toml")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


@dataclass(frozen=True, slots=True)
class Licence:
    """A distribution, its version, and what it says of its licence; `allowed` by our rules."""

    name: str
    version: str
    told: str
    allowed: bool


def listed(extras: Iterable[str] = ("demo", "otel", "rocksdb")) -> list[Licence]:
    """All that `pip install frenemy` brings, with these extras, by name; what is not installed is left out."""
    rules = tomllib.loads(RULES.read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(r for extra in extras for r in project["optional-dependencies"][extra]),
    ]
    found: dict[str, Licence] = {}
    _follow(wanted, rules, found)
    return sorted(found.values(), key=lambda licence: licence.name)


def _follow(requirements: Iterable[str], rules: dict[str, Any], found: dict[str, Licence]) -> None:
    for requirement in requirements:
        match = _NAME.match(requirement)
        name = normal(match[0]) if match else ""
        if not name or name in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        told = licence_of(distribution)
        allowed = told in rules["allowed"] or rules["checked"].get(name) is not None
        found[name] = Licence(name, distribution.version, rules["checked"].get(name, told), allowed)
        asked = set(re.findall(r"\[([^\]]*)\]", requirement.split(";")[0]))
        _follow(
            _needed(distribution, {e.strip() for a in asked for e in a.split(",")}), rules, found
        )


def _needed(distribution: metadata.Distribution, extras: set[str]) -> Iterator[str]:
    for requirement in distribution.requires or ():
        extra = _EXTRA.search(requirement)
        if extra is None or extra[1] in extras:
            yield requirement


def licence_of(distribution: metadata.Distribution) -> str:
    """What a distribution says: its SPDX expression, else its classifiers, else the first line of its licence."""
    told = distribution.metadata
    (expression,) = told.get_all("License-Expression") or ("",)
    if expression:
        return str(expression)
    classifiers = [
        c.rsplit(" :: ", 1)[1]
        for c in told.get_all("Classifier") or ()
        if c.startswith("License :: ")
    ]
    named = [c for c in classifiers if c != "OSI Approved"]
    if named:
        return " AND ".join(sorted(named))
    lines = "\n".join(told.get_all("License") or ()).strip().splitlines()
    return lines[0][:80] if lines else "unknown"


def normal(name: str) -> str:
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
