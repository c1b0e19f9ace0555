"""Made-up news by the thousand, with repetitions, corrections and withdrawals."""

import random
from collections.abc import Iterator

import msgspec

COMPANIES = (
    "Microsoft", "Google", "Nvidia", "Intel", "Renault", "Nissan", "Toyota", "Honda", "Airbus",
    "Boeing", "Orange", "Vodafone", "Carrefour", "Walmart", "Pfizer", "Sanofi",
)  # fmt: skip
COMPETITION = (
    "{a} launched a rival to the flagship product of {b} in {city}.",
    "{a} sued {b} over patents at a court in {city}.",
    "{a} est en concurrence avec {b} à {city}.",
)
PARTNERSHIP = (
    "{a} and {b} signed a partnership agreement in {city} worth {n} million dollars.",
    "{a} and {b} formed a joint venture in {city} with {n} employees.",
    "{a} et {b} ont signé un partenariat à {city} pour {n} millions d'euros.",
)
ENDED = ("{a} and {b} ended their partnership in {city}.",)
CITIES = ("Lyon", "Turin", "Ghent", "Leeds", "Porto", "Basel", "Graz", "Bilbao", "Malmo", "Cork")
SOURCES = ("AFP", "Reuters", "Le Soir", "The Courier", None)


def messages(count: int, seed: int) -> list[tuple[bytes | None, bytes]]:
    """`count` raw messages as (key, value): in ten, six articles, two repeats, a correction, a withdrawal.

    Every version of an article has its own `published_at`, so that any order tells which is the latest. Some
    messages are keyed by their article, some by something else, some not at all.
    """
    rng = random.Random(seed)
    values: list[tuple[str, bytes]] = []
    originals: list[tuple[str, int]] = []
    for number in range(count):
        kind = number % 10
        if kind < 6 or not originals:
            hour = rng.randrange(0, 24 * 300)
            originals.append((f"article-{number}", hour))
            values.append((f"article-{number}", _article(rng, f"article-{number}", hour, number)))
        elif kind < 8:
            values.append(rng.choice(values))
        elif kind == 8:
            id, hour = rng.choice(originals)
            values.append((id, _article(rng, id, hour + 1 + number, number)))
        else:
            id, hour = rng.choice(originals)
            gone = {"id": id, "deleted": True, "published_at": _time(hour + 2 + count + number)}
            values.append((id, msgspec.json.encode(gone)))
    keys = (lambda id: id.encode(), lambda id: None, lambda id: id[-2:].encode())
    return [(keys[i % 3](id), value) for i, (id, value) in enumerate(values)]


def _article(rng: random.Random, id: str, hour: int, number: int) -> bytes:
    body = " ".join(_sentences(rng))
    return msgspec.json.encode(
        {
            "id": id,
            "title": f"Business news {number}",
            "body": body,
            "source": rng.choice(SOURCES),
            "published_at": _time(hour),
        }
    )


def _sentences(rng: random.Random) -> Iterator[str]:
    for _ in range(rng.randrange(1, 3)):
        a, b = rng.sample(COMPANIES, 2)
        kinds = rng.choices((COMPETITION, PARTNERSHIP, ENDED), weights=(5, 5, 1))[0]
        yield rng.choice(kinds).format(a=a, b=b, city=rng.choice(CITIES), n=rng.randrange(11, 900))


def _time(hour: int) -> str:
    day, hours = divmod(hour, 24)
    month, day = divmod(day, 28)
    year, month = divmod(month, 12)
    return f"{2023 + year}-{month + 1:02d}-{day + 1:02d}T{hours:02d}:00:00Z"
