"""Where the contract lies: `schemas/` of the source tree, or the copy inside an installed package."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

_INSTALLED = Path(__file__).with_name("schemas")
_SOURCE_TREE = Path(__file__).resolve().parents[1] / "schemas"


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic of `schemas/topics.toml`. `retention_days` of -1 keeps for ever."""

    name: str
    holds: str
    key: str
    purpose: str
    partitions: int
    cleanup: str
    retention_days: int
    max_message_bytes: int


def folder() -> Path:
    """The folder of the schemas."""
    return _INSTALLED if _INSTALLED.is_dir() else _SOURCE_TREE


@cache
def topics() -> dict[str, Topic]:
    """The topics by their handle, such as `articles_raw`."""
    data = tomllib.loads((folder() / "topics.toml").read_text(encoding="utf-8"))
    return msgspec.convert(data, dict[str, Topic])
