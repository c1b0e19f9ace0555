"""Bounds on what one article may ask of the system, so that its cost stays bounded too."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one article. Lengths are code points unless they say bytes."""

    article_bytes: int = 1_048_576
    title: int = 2_000
    body: int = 400_000
    id: int = 512
    url: int = 4_096
    source: int = 256
    authors: int = 100
    author: int = 256
    html_depth: int = 512
    html_tags: int = 50_000


DEFAULT_LIMITS = Limits()
