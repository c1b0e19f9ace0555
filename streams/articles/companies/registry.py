"""The companies that are known: who they are, how the press calls them, what and whom they own.

The built-in registry is data (`data/registry/README.md`), read from one prebuilt file. Updates lay a
small layer over it; a registry is never changed in place, so a reader keeps the one it holds.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from streams.articles.companies.words import fold, key_of

BUILT_FILE = Path(__file__).parent / "data" / "registry.bin"
MAX_NAME = 120
MAX_NAMES = 200
MAX_OWNERS = 16

NameKind = Literal["name", "former", "nickname", "listed", "product", "person", "not"]
CODES: dict[str, NameKind] = {
    "c": "name",
    "f": "former",
    "k": "nickname",
    "l": "listed",
    "p": "product",
    "q": "person",
    "x": "not",
}


class BadUpdate(ValueError):
    """An update that the registry refuses; the message says why. Nothing was changed."""


class CompanyRecord(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A company of the registry. `parent` is the id of its owner, `role` what it is in most articles."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    country: str = ""
    cities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    parent: str = ""
    role: str = ""
    products: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    listed_only: bool = False

    def spellings(self) -> Iterator[tuple[str, str]]:
        """Every name with the code of its kind (see `CODES`)."""
        own = "l" if self.listed_only else "c"
        for name in (self.name, *self.aliases):
            yield own, name
        for code, names in (
            ("f", self.former),
            ("k", self.nicknames),
            ("p", self.products),
            ("q", self.people),
        ):
            for name in names:
                yield code, name


class CompanyUpdate(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A change of the registry at run time: the company as it is to be, or its removal."""

    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    country: str = ""
    cities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    parent: str = ""
    role: str = ""
    products: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    deleted: bool = False


class BuiltRegistry(msgspec.Struct, frozen=True):
    """The prebuilt file: records as packed rows, and the index of all names as parallel lines."""

    version: str
    ids: str
    records: tuple[bytes, ...]
    keys: str
    meanings: str
    openings: str
    tickers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may mean: the kind of name, and the company (or the kind of what is no company)."""

    kind: NameKind
    of: str


@lru_cache(maxsize=65536)
def parse_meanings(packed: str) -> tuple[Meaning, ...]:
    """The meanings that an index line packs as `code:id|code:id`."""
    return tuple(
        Meaning(CODES[code], of) for code, _, of in (m.partition(":") for m in packed.split("|"))
    )


class Registry:
    """Companies by id, and what every name may mean. Immutable."""

    def __init__(self, built: BuiltRegistry) -> None:
        self._built = built
        self._rows = {id_: row for row, id_ in enumerate(built.ids.split("\n"))}
        self._meanings: dict[str, str] = dict(
            zip(built.keys.split("\n"), built.meanings.split("\n"), strict=True)
        )
        self._openings = frozenset(built.openings.split("\n"))
        self._tickers = built.tickers
        self._changed: dict[str, CompanyRecord | None] = {}
        self._changed_meanings: dict[str, str] = {}
        self._changed_tickers: dict[str, str] = {}
        self._added_openings: frozenset[str] = frozenset()
        self._layer = 0

    @property
    def version(self) -> str:
        """Hash of the content: built-in data, and the updates whatever order they came in."""
        return f"{self._built.version}+{self._layer:016x}" if self._layer else self._built.version

    def __len__(self) -> int:
        """Number of companies."""
        added = sum(r is not None and i not in self._rows for i, r in self._changed.items())
        removed = sum(r is None and i in self._rows for i, r in self._changed.items())
        return len(self._rows) + added - removed

    def get(self, id_: str) -> CompanyRecord | None:
        """The company with this id."""
        if id_ in self._changed:
            return self._changed[id_]
        row = self._rows.get(id_)
        return None if row is None else _decode_record(self._built.records[row])

    def ids(self) -> list[str]:
        """The ids of all companies, sorted."""
        known = {i for i in self._rows if i not in self._changed}
        return sorted(known | {i for i, r in self._changed.items() if r is not None})

    def packed_meanings(self, key: str) -> str:
        """What a folded name (`words.key_of`) may mean, packed; empty where nothing is known."""
        changed = self._changed_meanings.get(key)
        return self._meanings.get(key, "") if changed is None else changed

    def opens(self, key: str) -> bool:
        """Whether a longer name begins with these folded words."""
        return key in self._openings or key in self._added_openings

    def meanings(self, name: str) -> tuple[Meaning, ...]:
        """What this name may mean."""
        packed = self.packed_meanings(key_of(name))
        return parse_meanings(packed) if packed else ()

    def by_ticker(self, ticker: str) -> str | None:
        """Id of the company with this stock symbol."""
        changed = self._changed_tickers.get(ticker)
        return (self._tickers.get(ticker) if changed is None else changed) or None

    def lookup(self, text: str) -> list[tuple[CompanyRecord, NameKind | Literal["ticker", "id"]]]:
        """Every company that `text` may mean, with the way it does; for people, not for articles."""
        found: dict[str, NameKind | Literal["ticker", "id"]] = {}
        if self.get(text) is not None:
            found[text] = "id"
        for meaning in self.meanings(text):
            if meaning.kind != "not":
                found.setdefault(meaning.of, meaning.kind)
        ticker = self.by_ticker(text.strip().lstrip("$").upper())
        if ticker:
            found.setdefault(ticker, "ticker")
        records = ((self.get(id_), kind) for id_, kind in found.items())
        return [(record, kind) for record, kind in records if record is not None]

    def owners(self, id_: str) -> list[str]:
        """The parents of a company, nearest first."""
        chain: list[str] = []
        record = self.get(id_)
        while record is not None and record.parent and len(chain) < MAX_OWNERS:
            if record.parent in chain:
                break
            chain.append(record.parent)
            record = self.get(record.parent)
        return chain

    def with_update(self, update: CompanyUpdate) -> "Registry":
        """A registry with one company added, changed or removed.

        Raises:
            BadUpdate: The update is empty, too big, or would make a company its own owner.
        """
        return self.with_updates((update,))

    def with_updates(self, updates: Iterable[CompanyUpdate]) -> "Registry":
        """A registry with all these updates, at the cost of the updates alone.

        Raises:
            BadUpdate: One of them is refused; then none takes effect.
        """
        new = Registry.__new__(Registry)
        new.__dict__.update(self.__dict__)
        new._changed = dict(self._changed)
        new._changed_meanings = dict(self._changed_meanings)
        new._changed_tickers = dict(self._changed_tickers)
        openings = set(self._added_openings)
        for update in updates:
            new._apply(update, openings)
        new._added_openings = frozenset(openings)
        return new

    def _apply(self, update: CompanyUpdate, openings: set[str]) -> None:
        check_update(update)
        before = self.get(update.id)
        if update.deleted and before is None:
            raise BadUpdate(
                f"company {update.id!r} is not in the registry, so it cannot be removed"
            )
        after = None if update.deleted else record_of(update)
        layers = {
            i: r for i, r in ((update.id, self._changed.get(update.id)),) if i in self._changed
        }
        self._layer ^= _layer_hash(update.id, layers[update.id]) if layers else 0
        self._changed[update.id] = after
        self._layer ^= _layer_hash(update.id, after)
        if update.id in self.owners(update.id):
            raise BadUpdate(
                f"company {update.id!r} would be its own owner through {update.parent!r}"
            )
        for record, adds in ((before, False), (after, True)):
            if record is None:
                continue
            for code, name in record.spellings():
                self._set_meaning(key_of(name), f"{code}:{update.id}", adds)
                if adds:
                    openings.update(openings_of(key_of(name)))
            for ticker in record.tickers:
                self._changed_tickers[ticker] = update.id if adds else ""

    def _set_meaning(self, key: str, meaning: str, adds: bool) -> None:
        meanings = [m for m in self.packed_meanings(key).split("|") if m and m != meaning]
        if adds:
            meanings.insert(0, meaning)
        self._changed_meanings[key] = "|".join(meanings)


def openings_of(key: str) -> Iterator[str]:
    """The proper beginnings of a folded name, a word at a time."""
    at = key.find(" ")
    while at >= 0:
        yield key[:at]
        at = key.find(" ", at + 1)


def record_of(update: CompanyUpdate) -> CompanyRecord:
    """The update as the record it makes."""
    data = msgspec.structs.asdict(update)
    del data["deleted"]
    return CompanyRecord(**data)


def check_update(update: CompanyUpdate) -> None:
    """Refuse an update that could harm the finding in all articles.

    Raises:
        BadUpdate: With the reason.
    """
    id_ = update.id
    if not id_ or len(id_) > MAX_NAME or not all(c.isalnum() or c == "-" for c in id_):
        raise BadUpdate(f"id {id_[:MAX_NAME]!r} is not made of letters, digits and hyphens")
    if update.deleted:
        return
    if not key_of(update.name):
        raise BadUpdate(f"company {id_!r} has no name")
    names = (
        *(update.name, *update.aliases, *update.former, *update.nicknames),
        *(*update.tickers, *update.products, *update.people),
    )
    if len(names) > MAX_NAMES:
        raise BadUpdate(f"company {id_!r} has {len(names)} names, the most is {MAX_NAMES}")
    for name in names:
        if not key_of(name) or len(name) > MAX_NAME:
            raise BadUpdate(
                f"company {id_!r}: {name[:MAX_NAME]!r} is no name of 1 to {MAX_NAME} signs"
            )
        if len(fold(name)) < 2:
            raise BadUpdate(f"company {id_!r}: the name {name!r} is too short to be found")


@lru_cache(maxsize=4096)
def _decode_record(row: bytes) -> CompanyRecord:
    return _RECORDS.decode(row)


def _layer_hash(id_: str, record: CompanyRecord | None) -> int:
    content = msgspec.msgpack.encode((id_, record))
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")


_RECORDS = msgspec.msgpack.Decoder(CompanyRecord)


def load(path: Path = BUILT_FILE) -> Registry:
    """The built-in registry; a fraction of a second."""
    packed = zlib.decompress(path.read_bytes())
    return Registry(msgspec.msgpack.decode(packed, type=BuiltRegistry))
