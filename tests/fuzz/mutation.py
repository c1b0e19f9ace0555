"""A fuzzer of our own, for where atheris cannot be had: mutates kept inputs, the same for the same seed."""

import random
from collections.abc import Iterator, Sequence

from tests.fuzz.words import WORDS

MOST_CHANGES = 6


def inputs(seeds: Sequence[bytes], count: int, seed: int, largest: int) -> Iterator[bytes]:
    """The kept inputs as they are, then mutations of them."""
    chance = random.Random(seed)
    for number in range(count):
        if number < len(seeds):
            yield seeds[number][:largest]
            continue
        data = bytearray(chance.choice(seeds) if seeds else b"")
        for _ in range(chance.randint(1, MOST_CHANGES)):
            chance.choice(_CHANGES)(data, chance, seeds)
        yield bytes(data[:largest])


def _place(data: bytearray, chance: random.Random) -> int:
    return chance.randint(0, len(data))


def _flip(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _insert(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, chance)
    data[at:at] = chance.choice(WORDS)


def _replace(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, chance)
    word = chance.choice(WORDS)
    data[at : at + len(word)] = word


def _random(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, chance)
    data[at:at] = chance.randbytes(chance.randint(1, 8))


def _cut(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, chance)
    del data[at : at + chance.randint(1, max(1, len(data) // 3))]


def _double(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    at = _place(data, chance)
    piece = data[at : at + chance.randint(1, 40)]
    data[at:at] = piece * chance.randint(1, 20)


def _splice(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> None:
    if seeds:
        other = chance.choice(seeds)
        data[_place(data, chance) :] = other[chance.randint(0, len(other)) :]


_CHANGES = (_flip, _insert, _insert, _replace, _random, _cut, _double, _splice)
