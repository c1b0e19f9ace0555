"""What is kept of words and names across articles is bounded: a worker soon holds what it ever will."""

import functools
import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

import streams.articles
import streams.relations

# More than this is not full within some ten thousand articles.
MOST = 16_384


def caches(package: ModuleType) -> dict[str, Any]:
    """The caches of functions of what an article says, in all modules of a package, by name.

    What needs no argument loads something once.
    """
    names = [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return {
        f"{name}.{key}": value
        for name in names
        for key, value in vars(importlib.import_module(name)).items()
        if isinstance(value, functools._lru_cache_wrapper)
        and any(p.default is p.empty for p in inspect.signature(value).parameters.values())
    }


def unbounded(found: dict[str, Any]) -> list[str]:
    """Names of those that keep more than `MOST`."""
    kept = {name: cache.cache_parameters()["maxsize"] for name, cache in found.items()}
    return [name for name, size in kept.items() if size is None or size > MOST]


def test_every_cache_is_bounded() -> None:
    found = caches(streams.articles) | caches(streams.relations)
    assert len(found) > 5
    assert unbounded(found) == []


def test_a_cache_without_a_bound_is_found() -> None:
    assert unbounded({"endless": functools.cache(len), "small": functools.lru_cache(9)(len)}) == [
        "endless"
    ]
