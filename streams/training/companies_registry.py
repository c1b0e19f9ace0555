"""Build the company registry from its readable files.

    python -m streams.training.companies_registry            data/registry/*.csv -> data/registry.bin
    python -m streams.training.companies_registry --listed FILE.csv    clean the listed companies first
    python -m streams.training.companies_registry --curated FOLDER     take in curated files first

`FILE.csv` has the columns of FinanceDatabase (name, country, market_cap, symbols); `FOLDER` holds
files of the form that `data/registry/README.md` describes.
"""

import argparse
import hashlib
import re
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import msgspec
from babel import Locale

from streams.articles.companies.registry import (
    BUILT_FILE,
    BuiltRegistry,
    CompanyRecord,
    openings_of,
)
from streams.articles.companies.words import WORDS_FOLDER, WordLists, fold, key_of
from streams.training.companies_files import join, read, several, write

FOLDER = BUILT_FILE.parent / "registry"
COLUMNS = "id,name,aliases,former,nicknames,ticker,country,city,kind,parent,role".split(",")
SHARED_COLUMNS = ["name", "company", "rank", "words"]
LISTED_COLUMNS = "id,name,aliases,ticker,country,size".split(",")
COMMON = 5
OTHER_COUNTRIES = {"Hong Kong": "HK", "Turkey": "TR", "Czech Republic": "CZ", "Macau": "MO"}
LARGE = ("Mega Cap", "Large Cap")
LEGAL_FORMS = frozenset(
    "inc incorporated corp corporation co company ltd limited plc llc lp llp pty pte bhd berhad sdn nv bv "
    "sa se ag ab asa as oyj oy spa gmbh kgaa kg aktiengesellschaft aktiebolag sab cv rl scs sca sarl sas "
    "jsc pjsc ojsc pao oao tbk pcl kk zrt nyrt ad dd publ sirketi anonim ticaret sanayi ve holdings holding "
    "group public joint stock societe anonyme adr reit trust".split()
)
SUFFIXES = frozenset(
    "international technologies technology industries enterprises worldwide".split()
)


def slug(name: str) -> str:
    """The id that a name gives: folded, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name).replace("'", "").replace("&", " and ")).strip("-")


# Listed companies


def without_legal_form(name: str) -> str:
    """The name as the press writes it: "Apple Inc." as "Apple"."""
    name = re.sub(r"\((publ|the)\)", "", name, flags=re.I)
    name = re.sub(
        r"^(PT|The|Public Joint-Stock Company|PJSC|JSC|AB|AO) ", "", name.strip(), flags=re.I
    )
    words = name.replace(",", " , ").split()
    while len(words) > 1:
        last = fold(words[-1]).replace(".", "").replace("/", "").strip("()")
        if last in LEGAL_FORMS or not last.strip("-&,"):
            words.pop()
        else:
            break
    return " ".join(words).replace(" , ", ", ").strip(" ,&-")


def is_everyday(name: str, lists: WordLists, common: int = COMMON) -> bool:
    """Whether every word of the name is a common one, or a place."""
    key = key_of(name)
    if key in lists.places:
        return True
    words = [w for w in key.split(" ") if w.isalpha()]
    return all(
        max(table.get(w, 0) for table in lists.frequency.values()) >= common or len(w) < 3
        for w in words
    )


def clean_listed(rows: list[dict[str, str]], lists: WordLists) -> list[dict[str, str]]:
    """Listed companies with the names that the press may use; everyday words are left out."""
    size_order = (*LARGE, "Mid Cap", "Small Cap", "Micro Cap", "Nano Cap", "")
    countries = {name: code for code, name in Locale("en").territories.items()} | OTHER_COUNTRIES
    cleaned: dict[str, dict[str, str]] = {}
    for row in sorted(rows, key=lambda r: (size_order.index(r["market_cap"]), r["name"])):
        bare = without_legal_form(row["name"])
        shorter = bare.rsplit(" ", 1)[0] if fold(bare).split(" ")[-1] in SUFFIXES else bare
        aliases = [row["name"]]
        limit = COMMON + 1 if row["market_cap"] in LARGE else COMMON
        for name in (bare, shorter):
            if len(name) > 2 and not is_everyday(name, lists, limit):
                aliases.append(name)
        id_ = slug(bare) or slug(row["name"])
        if id_ in cleaned:
            id_ = slug(row["name"])
        if not id_ or id_ in cleaned or len(row["name"]) > 100:
            continue
        symbols = [
            s.split(".")[0]
            for s in row["symbols"].split()
            if re.fullmatch(r"[A-Z]{2,5}(\.\w+)?", s)
        ]
        cleaned[id_] = {
            "id": id_,
            "name": _display(bare),
            "aliases": join([a for a in aliases if a != _display(bare)]),
            "ticker": join(symbols[:1]),
            "country": countries.get(row["country"], ""),
            "size": row["market_cap"].removesuffix(" Cap").lower(),
        }
    return list(cleaned.values())


def _display(name: str) -> str:
    words = name.split()
    if name.isupper() and len(name) > 5:
        words = [w if len(w) < 4 else w.capitalize() for w in words]
    return " ".join(words)


# Curated companies


def import_curated(folders: list[Path]) -> None:
    """Take in curated files: rows of one id become one, unknown owners are left out."""
    companies = _merged_companies(folders)
    write(FOLDER / "companies.csv", COLUMNS, list(companies.values()))
    by_name = {key_of(r["name"]): i for i, r in companies.items()}
    for name, columns, owner in (
        ("products", ["name", "owner", "kind"], "owner"),
        ("people", ["name", "company", "position", "from", "to"], "company"),
        ("notcompanies", ["name", "kind"], ""),
    ):
        rows: dict[tuple[str, str], dict[str, str]] = {}
        for path in _files(folders, f"{name}*.csv"):
            for raw in read(path):
                row = {c: (raw.get(c) or "").strip() for c in columns}
                if owner and row[owner] not in companies:
                    row[owner] = by_name.get(key_of(row[owner]), "")
                if row["name"] and (not owner or row[owner]):
                    rows.setdefault((row["name"], row[owner] if owner else ""), row)
        write(FOLDER / f"{name}.csv", columns, list(rows.values()))
    _share_names(companies)


def _share_names(companies: dict[str, dict[str, str]]) -> None:
    """Add a rule for each name that two companies share, where there is none yet."""
    path = FOLDER / "shared_names.csv"
    rules = read(path) if path.exists() else []
    owners: dict[str, list[str]] = defaultdict(list)
    for id_, row in companies.items():
        for name in (row["name"], *several(row["aliases"])):
            owners[key_of(name)].append(id_)
    shared = {k: sorted(set(ids)) for k, ids in owners.items() if len(set(ids)) > 1}
    kept = [r for r in rules if r["company"] in shared.get(r["name"], ())]
    ruled = {(r["name"], r["company"]) for r in kept}
    for name, ids in shared.items():
        for id_ in ids:
            if (name, id_) not in ruled:
                own = key_of(companies[id_]["name"]) == name
                rank = "1" if own else "2"
                kept.append({"name": name, "company": id_, "rank": rank, "words": ""})
    write(path, SHARED_COLUMNS, kept)


def _merged_companies(folders: list[Path]) -> dict[str, dict[str, str]]:
    companies: dict[str, dict[str, str]] = {}
    for path in _files(folders, "companies_*.csv"):
        for raw in read(path):
            row = {c: (raw.get(c) or "").strip() for c in COLUMNS}
            known = companies.setdefault(row["id"], row)
            if known is row:
                continue
            if known["name"] != row["name"]:
                row["aliases"] = join([row["name"], row["aliases"]])
            for column in ("aliases", "former", "nicknames", "ticker", "city", "kind"):
                known[column] = join(several(known[column]) + several(row[column]))
            for column in ("country", "parent", "role"):
                known[column] = known[column] or row[column]
    for row in companies.values():
        if row["parent"] not in companies or row["parent"] == row["id"]:
            row["parent"] = ""
        row["aliases"] = join([a for a in several(row["aliases"]) if a != row["name"]])
    _cut_cycles(companies)
    return companies


def _files(folders: list[Path], pattern: str) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob(pattern))]


def _cut_cycles(companies: dict[str, dict[str, str]]) -> None:
    for id_ in companies:
        seen = [id_]
        while (parent := companies[seen[-1]]["parent"]) and parent not in seen:
            seen.append(parent)
        if parent:
            companies[seen[-1]]["parent"] = ""


# The built file


def records_of(folder: Path = FOLDER) -> list[CompanyRecord]:
    """All companies: curated ones, and the listed ones that are none of these under another name."""
    products, people = defaultdict(list), defaultdict(list)
    for row in read(folder / "products.csv"):
        products[row["owner"]].append(row["name"])
    for row in read(folder / "people.csv"):
        people[row["company"]].append(row["name"])
    records: dict[str, CompanyRecord] = {}
    taken: set[str] = set()
    for row in read(folder / "companies.csv"):
        record = CompanyRecord(
            id=row["id"],
            name=row["name"],
            aliases=tuple(several(row["aliases"])),
            former=tuple(several(row["former"])),
            nicknames=tuple(several(row["nicknames"])),
            tickers=tuple(several(row["ticker"])),
            country=row["country"],
            cities=tuple(several(row["city"])),
            kinds=tuple(several(row["kind"])),
            parent=row["parent"],
            role=row["role"],
            products=tuple(dict.fromkeys(products[row["id"]])),
            people=tuple(dict.fromkeys(people[row["id"]])),
        )
        records[record.id] = record
        taken.update(key_of(n) for n in (record.name, *record.aliases, *record.former))
    for row in read(folder / "listed.csv"):
        names = (row["name"], *several(row["aliases"]))
        if row["id"] in records or any(key_of(n) in taken for n in names):
            continue
        records[row["id"]] = CompanyRecord(
            id=row["id"],
            name=row["name"],
            aliases=names[1:],
            tickers=tuple(several(row["ticker"])),
            country=row["country"],
            listed_only=True,
        )
    return list(records.values())


def build(folder: Path = FOLDER) -> bytes:
    """The prebuilt file as bytes; the same files give the same bytes."""
    records = records_of(folder)
    lists = WordLists.load()
    everyday = {r.id for r in records if r.listed_only and is_everyday(r.name, lists)}
    meanings: dict[str, list[str]] = defaultdict(list)
    tickers: dict[str, str] = {}
    for record in records:
        for code, name in record.spellings():
            key = key_of(name)
            if code == "l" and record.id in everyday and name == record.name:
                continue
            meaning = f"{code}:{record.id}"
            if key and meaning not in meanings[key]:
                meanings[key].append(meaning)
        for ticker in record.tickers:
            tickers.setdefault(ticker, record.id)
    for row in read(folder / "notcompanies.csv"):
        meanings[key_of(row["name"])].append(f"x:{row['kind']}")
    for key in [k for k in meanings if not k]:
        del meanings[key]
    rules = {(r["name"], r["company"]): r for r in read(folder / "shared_names.csv")}
    packed = {k: "|".join(_preferred(m, k, rules)) for k, m in sorted(meanings.items()) if m}
    openings = sorted({o for key in packed for o in openings_of(key)})
    rows = tuple(msgspec.msgpack.encode(r) for r in records)
    content = BuiltRegistry(
        version="",
        ids="\n".join(r.id for r in records),
        records=rows,
        keys="\n".join(packed),
        meanings="\n".join(packed.values()),
        openings="\n".join(openings),
        tickers=dict(sorted(tickers.items())),
        hints={
            f"{name}|{id_}": tuple(rule["words"].split())
            for (name, id_), rule in sorted(rules.items())
            if rule["words"]
        },
        sources=sources_of(folder),
    )
    version = hashlib.blake2b(msgspec.msgpack.encode(content), digest_size=6).hexdigest()
    content = msgspec.structs.replace(content, version=version)
    return zlib.compress(msgspec.msgpack.encode(content), 9)


def sources_of(folder: Path = FOLDER) -> str:
    """Hash of the readable files."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _preferred(
    meanings: list[str], key: str, rules: dict[tuple[str, str], dict[str, str]]
) -> list[str]:
    """Meanings in order of rank; a listed company gives way to a curated one of the same name."""

    def rank(meaning: str) -> tuple[int, str]:
        code, _, of = meaning.partition(":")
        rule = rules.get((key, of))
        return "cklfpqx".index(code), rule["rank"] if rule else "1"

    ordered = sorted(dict.fromkeys(meanings), key=rank)
    if any(m[0] == "c" for m in ordered):
        own = {m.partition(":")[2] for m in ordered if m[0] == "c"}
        ordered = [
            m
            for m in ordered
            if m[0] == "c" or (m[0] not in "lf" and m.partition(":")[2] not in own)
        ]
    return ordered


def company_words(listed: list[dict[str, str]]) -> list[str]:
    """Words of company names with how often they end and begin one, on a log scale."""
    first: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for row in listed:
        words = key_of(without_legal_form(row["name"])).split(" ")
        if len(words) > 1:
            first[words[0]] += 1
            last.update(w for w in words[1:] if w.isalpha())
    return [
        f"{w} {first[w].bit_length()} {last[w].bit_length()}"
        for w in sorted(first.keys() | last.keys())
        if len(w) > 1 and first[w] + last[w] >= 2
    ]


def main() -> None:
    """Run the steps that the command line asks for, then build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listed", type=Path)
    parser.add_argument("--curated", type=Path, nargs="+")
    args = parser.parse_args()
    if args.listed:
        rows = read(args.listed)
        write(FOLDER / "listed.csv", LISTED_COLUMNS, clean_listed(rows, WordLists.load()))
        words = "\n".join(company_words(rows))
        Path(WORDS_FOLDER / "company_words.txt").write_text(words + "\n", encoding="utf-8")
    if args.curated:
        import_curated(args.curated)
    BUILT_FILE.write_bytes(build())


if __name__ == "__main__":
    main()
