"""The companies that are known: who they are, how the press calls them, what and whom they own.

The built-in registry is data (`data/registry/README.md`), read from one prebuilt file. Updates lay a
small layer over it; a registry is never changed in place, so a reader keeps the one it holds.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from streams.articles.companies.words import fold, key_of

BUILT_FILE = Path(__file__).parent / "data" / "registry.bin"
MAX_NAME = 200
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
    hints: dict[str, tuple[str, ...]]
    sources: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name may mean: the kind of name, and the company (or the kind of what is no company)."""

    kind: NameKind
    of: str


@lru_cache(maxsize=4096)
def parse_meanings(packed: str) -> tuple[Meaning, ...]:
    """The meanings that an index line packs as `code:id|code:id`."""
    return tuple(
        Meaning(CODES[code], of) for code, _, of in (m.partition(":") for m in packed.split("|"))
    )


@dataclass(slots=True)
class Layer:
    """Changes over the built-in registry: companies by id (None: removed), and what follows."""

    companies: dict[str, CompanyRecord | None] = field(default_factory=dict)
    added: dict[str, frozenset[str]] = field(default_factory=dict)
    meanings: dict[str, str] = field(default_factory=dict)
    tickers: dict[str, str] = field(default_factory=dict)
    openings: set[str] = field(default_factory=set)
    digest: int = 0

    def copy(self) -> "Layer":
        """A layer that can be changed without changing this one."""
        return Layer(
            dict(self.companies),
            dict(self.added),
            dict(self.meanings),
            dict(self.tickers),
            set(self.openings),
            self.digest,
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
        self._layer = Layer()

    @property
    def sources(self) -> str:
        """Hash of the readable files that the built-in data was made of."""
        return self._built.sources

    def hints(self, key: str, id_: str) -> tuple[str, ...]:
        """Folded words that speak for this company where others have the same folded name."""
        return self._built.hints.get(f"{key}|{id_}", ())

    @property
    def version(self) -> str:
        """Hash of the content: built-in data, and the updates whatever order they came in."""
        built, digest = self._built.version, self._layer.digest
        return f"{built}+{digest:016x}" if digest else built

    def __len__(self) -> int:
        """Number of companies."""
        changed = self._layer.companies.items()
        added = sum(record is not None and id_ not in self._rows for id_, record in changed)
        removed = sum(record is None and id_ in self._rows for id_, record in changed)
        return len(self._rows) + added - removed

    def get(self, id_: str) -> CompanyRecord | None:
        """The company with this id."""
        if id_ in self._layer.companies:
            return self._layer.companies[id_]
        return self._built_in(id_)

    def ids(self) -> list[str]:
        """The ids of all companies, sorted."""
        changed = self._layer.companies
        known = {id_ for id_ in self._rows if id_ not in changed}
        return sorted(known | {id_ for id_, record in changed.items() if record is not None})

    def packed_meanings(self, key: str) -> str:
        """What a folded name (`words.key_of`) may mean, packed; empty where nothing is known."""
        changed = self._layer.meanings.get(key)
        return self._meanings.get(key, "") if changed is None else changed

    def opens(self, key: str) -> bool:
        """Whether a longer name begins with these folded words."""
        return key in self._openings or key in self._layer.openings

    def index(self) -> tuple[Callable[[str, str], str], Callable[[str], bool]]:
        """The fastest ways to ask for packed meanings (key, default) and for openings (key)."""
        if not self._layer.companies and not self._layer.meanings:
            return self._meanings.get, self._openings.__contains__
        return lambda key, _: self.packed_meanings(key), self.opens

    def meanings(self, name: str) -> tuple[Meaning, ...]:
        """What this name may mean."""
        packed = self.packed_meanings(key_of(name))
        return parse_meanings(packed) if packed else ()

    def by_ticker(self, ticker: str) -> str | None:
        """Id of the company with this stock symbol."""
        changed = self._layer.tickers.get(ticker)
        return (self._built.tickers.get(ticker) if changed is None else changed) or None

    def lookup(self, text: str) -> list[tuple[CompanyRecord, NameKind | Literal["ticker", "id"]]]:
        """Every company that `text` may mean, with the way it does; for people, not for articles."""
        found: dict[str, NameKind | Literal["ticker", "id"]] = {}
        if self.get(text) is not None:
            found[text] = "id"
        for meaning in self.meanings(text):
            if meaning.kind != "not":
                found.setdefault(meaning.of, meaning.kind)
        ticker = self.by_ticker(text.strip().lstrip("$"))
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
        new = copy(self)
        new._layer = self._layer.copy()  # noqa: SLF001 - a registry in the making
        for update in updates:
            new._apply(update)  # noqa: SLF001
        return new

    def _built_in(self, id_: str) -> CompanyRecord | None:
        row = self._rows.get(id_)
        return None if row is None else _decode_record(self._built.records[row])

    def _apply(self, update: CompanyUpdate) -> None:
        check_update(update)
        id_, layer = update.id, self._layer
        before, built_in = self.get(id_), self._built_in(id_)
        if update.deleted and before is None:
            raise BadUpdate(f"company {id_!r} is not in the registry, so it cannot be removed")
        after = None if update.deleted else record_of(update)
        if id_ in layer.companies:
            layer.digest ^= _layer_hash(id_, layer.companies.pop(id_))
        if after is not None or built_in is not None:
            layer.companies[id_] = after
            layer.digest ^= _layer_hash(id_, after)
        if id_ in self.owners(id_):
            raise BadUpdate(f"company {id_!r} would be its own owner through {update.parent!r}")
        self._rename(id_, before, after, built_in)

    def _rename(self, id_: str, *records: CompanyRecord | None) -> None:
        """Bring names and tickers of a company up to date, given its records before and after."""
        before, after, built_in = records
        layer = self._layer
        names: dict[str, set[str]] = {}
        for code, name in after.spellings() if after else ():
            names.setdefault(key_of(name), set()).add(f"{code}:{id_}")
            layer.openings.update(openings_of(key_of(name)))
        touched = {key_of(n) for r in (before, built_in) if r for _, n in r.spellings()}
        for key in sorted(touched | names.keys()):
            others = {m for m in layer.added.get(key, ()) if m.partition(":")[2] != id_}
            layer.added[key] = frozenset(others | names.get(key, set()))
            kept = [
                m
                for m in self._meanings.get(key, "").split("|")
                if m and m.partition(":")[2] not in layer.companies
            ]
            layer.meanings[key] = "|".join([*sorted(layer.added[key]), *kept])
        for record, owner in ((before, ""), (after, id_)):
            for ticker in record.tickers if record else ():
                layer.tickers[ticker] = owner


def openings_of(key: str) -> Iterator[str]:
    """The proper beginnings of a folded name, a word at a time."""
    at = key.find(" ")
    while at >= 0:
        yield key[:at]
        at = key.find(" ", at + 1)


def _check_texts(update: CompanyUpdate) -> None:
    """Refuse what is longer than names are, or cannot be printed, before anything is done with it."""
    for field_ in msgspec.structs.fields(update):
        value = getattr(update, field_.name)
        texts = value if isinstance(value, tuple) else (value,)
        if len(texts) > MAX_NAMES:
            raise BadUpdate(
                f"company {update.id!r}: `{field_.name}` has {len(texts)} entries, the most is {MAX_NAMES}"
            )
        for text in texts:
            if isinstance(text, str) and not text.isprintable():
                raise BadUpdate(
                    f"company {update.id!r}: `{field_.name}` holds characters that cannot be printed"
                )
            if isinstance(text, str) and len(text) > MAX_NAME:
                raise BadUpdate(
                    f"company {update.id!r}: `{field_.name}` holds {text[:MAX_NAME]!r}, which is no name of "
                    f"1 to {MAX_NAME} signs"
                )


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
    names = (
        *(update.name, *update.aliases, *update.former, *update.nicknames),
        *(*update.tickers, *update.products, *update.people),
    )
    if len(names) > MAX_NAMES:
        raise BadUpdate(f"company {id_!r} has {len(names)} names, the most is {MAX_NAMES}")
    _check_texts(update)
    if not key_of(update.name):
        raise BadUpdate(f"company {id_!r} has no name")
    for name in names:
        if not key_of(name):
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
