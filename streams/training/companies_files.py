"""The readable files of the registry: rows of CSV, and cells that hold several values."""

import csv
from pathlib import Path


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    """Write rows, sorted by their first column."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda r: tuple(r[c] for c in columns)))


def several(cell: str | None) -> list[str]:
    """The values of a cell that holds several."""
    return [v.strip() for v in (cell or "").split(";") if v.strip()]


def join(values: list[str]) -> str:
    """Values as one cell, each once."""
    return ";".join(dict.fromkeys(v.strip() for v in values if v.strip()))
