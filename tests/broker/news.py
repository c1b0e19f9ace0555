"""A stream of made-up business news: the same for the same seed, in English and French, some of it broken."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

NAMES = (
    ("Microsoft", "OpenAI"),
    ("Google", "OpenAI"),
    ("Apple", "OpenAI"),
    ("Amazon", "Anthropic"),
    ("AMD", "Nvidia"),
    ("Airbus", "Boeing"),
    ("BYD", "Tesla"),
    ("Renault", "Stellantis"),
    ("Microsoft", "Mistral AI"),
    ("Google", "Microsoft"),
    ("Orange", "Vodafone"),
    ("Sanofi", "Pfizer"),
    ("Volvo", "Renault"),
    ("Intel", "TSMC"),
    ("Carrefour", "Uber"),
    ("Siemens", "Alstom"),
)
OTHERS = (
    "Accor", "Adidas", "AstraZeneca", "Atos", "AXA", "Bayer", "BMW", "BNP Paribas", "Bosch", "Bouygues",
    "Capgemini", "Cisco", "Danone", "Deutsche Telekom", "Engie", "Ericsson", "Ford", "Heineken", "Honda",
    "HSBC", "Huawei", "IBM", "Infosys", "JPMorgan", "Kering", "Lenovo", "LVMH", "Mastercard", "Netflix",
    "Nike", "Nokia", "Novartis", "Oracle", "Panasonic", "PayPal", "Philips", "Qualcomm", "Safran",
    "Salesforce", "Samsung", "SAP", "Shell", "Sony", "Spotify", "Thales", "TotalEnergies", "Toyota",
    "Unilever", "Veolia", "Visa", "Vivendi", "Volkswagen", "Walmart", "Xiaomi",
)  # fmt: skip
AGAINST_EN = (
    "{a} launched a new service to compete directly with {b}.",
    "{a} sued {b} for patent infringement on {day}.",
    "{a} is taking market share from {b}, its main rival.",
    "{a} and {b} are fierce rivals in the {thing} market.",
    "{a} plans to launch a {thing} product that would rival {b}.",
    "{a} reportedly prepares an offer against {b} for a {thing} start-up.",
)
WITH_EN = (
    "{a} and {b} signed a partnership on {thing}.",
    "{a} invested {amount} million dollars in {b}.",
    "{a} and {b} announced a joint venture in {thing}.",
    "{a} will supply {b} with {thing} from next year.",
    "{a} and {b} plan to work together on {thing}.",
    "{a} is reportedly in talks with {b} about a partnership on {thing}.",
)
AGAINST_FR = (
    "{a} lance une offre de {thing} pour concurrencer {b}.",
    "{a} attaque {b} en justice pour contrefaçon.",
    "{a} et {b} sont rivaux sur le marché {thing}.",
)
WITH_FR = (
    "{a} et {b} ont signé un partenariat dans le domaine {thing}.",
    "{a} investit {amount} millions d’euros dans {b}.",
    "{a} et {b} annoncent la création d’une coentreprise {thing}.",
)
THINGS_EN = ("cloud", "battery", "chip", "payment", "satellite", "software", "logistics")
THINGS_FR = ("du cloud", "des batteries", "des puces", "du paiement", "des satellites")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
FILLER_EN = "Analysts had expected the news. Shares hardly moved in early trading. "
FILLER_FR = "Tout le secteur s’y attendait. Le titre a peu varié à l’ouverture. "
STRANGERS = ("Zuvelia", "Korbatech", "Lumenfold", "Arvendis", "Quintara")
SOURCES = ("Morning Wire", "Le Fil", "Trade Post", "Market Daily")
BROKEN = (
    b"no json at all",
    b"",
    b"[1, 2]",
    b'{"title": 7}',
    b'{"body": ""}',
    b'{"title": "x", "published_at": "yesterday"}',
    b'{"title": "\xff"}',
)


@dataclass(slots=True)
class Newsroom:
    """Writes articles: shares that must be rejected, that tell of rivalry, that tell of known pairs."""

    seed: int = 1
    broken: float = 0.02
    hostile: float = 0.5
    watched: float = 0.5

    def articles(self, count: int) -> Iterator[tuple[bytes | None, bytes]]:
        """Keys (ids) and values of raw articles; about one in fifty is a correction or a withdrawal."""
        chance = random.Random(self.seed)
        written: list[str] = []
        for number in range(count):
            if chance.random() < self.broken:
                yield b"broken", chance.choice(BROKEN)
                continue
            fate = chance.random()
            id = f"news-{self.seed}-{number}"
            if written and fate < 0.01:
                id = chance.choice(written)
                yield id.encode(), orjson.dumps({"id": id, "deleted": True})
                continue
            if written and fate < 0.02:
                id = chance.choice(written)
            written.append(id)
            # One in twenty is not keyed by its id and goes round once more.
            key = None if chance.random() < 0.05 else id.encode()
            yield key, orjson.dumps({"id": id, **self._article(chance)})

    def _article(self, chance: random.Random) -> dict[str, str]:
        french = chance.random() < 0.3
        a, b = chance.choices(NAMES, weights=range(2 * len(NAMES), len(NAMES), -1))[0]
        if chance.random() > self.watched:
            a, b = chance.sample(OTHERS, 2)
        if chance.random() < 0.1:
            b = chance.choice(STRANGERS)
        hostile = chance.random() < self.hostile
        told = (
            (AGAINST_FR if hostile else WITH_FR) if french else (AGAINST_EN if hostile else WITH_EN)
        )
        line = chance.choice(told).format(
            a=a,
            b=b,
            day=chance.choice(DAYS),
            thing=chance.choice(THINGS_FR if french else THINGS_EN),
            amount=chance.randrange(5, 900),
        )
        age = timedelta(seconds=chance.expovariate(1 / 900))
        filler = FILLER_FR if french else FILLER_EN
        return {
            "title": line.rstrip("."),
            "body": f"{line} " + filler * chance.randrange(1, 6),
            "lang": "fr" if french else "en",
            "source": chance.choice(SOURCES),
            "published_at": (datetime.now(UTC) - age).isoformat(timespec="seconds"),
        }
