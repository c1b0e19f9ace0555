"""Sums of money and shares of capital, with value and unit normalised.

`13 milliards de dollars`, `$13bn` and `10,5 Md€` give a value in units of the currency (ISO 4217);
`49 % du capital` gives a percentage. Each pattern reads a bounded number of characters.
"""

import re

from streams.messages import Amount

MAX_AMOUNTS = 8
_NUMBER = r"\d{1,3}(?:[ \u00a0\u202f,.]\d{3})+(?:[.,]\d{1,2})?|\d{1,12}(?:[.,]\d{1,4})?"
_SCALE = (
    r"trillions?|billions?|millions?|thousand|milliards?|milliers?|mrds?|mds?|mln|bn|tn|mio|m|b|k"
)
_SIGNS = {"US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "C$": "CAD"}
_SIGNS |= {"A$": "AUD", "HK$": "HKD", "₩": "KRW", "R$": "BRL"}
_NAMES = {
    "dollar": "USD",
    "euro": "EUR",
    "pound": "GBP",
    "sterling": "GBP",
    "livre": "GBP",
    "livre sterling": "GBP",
    "yen": "JPY",
    "yuan": "CNY",
    "renminbi": "CNY",
    "franc suisse": "CHF",
    "swiss franc": "CHF",
    "franc": "CHF",
    "rupee": "INR",
    "roupie": "INR",
    "won": "KRW",
    "couronne": "SEK",
    "krona": "SEK",
    "kronor": "SEK",
    "real": "BRL",
    "rand": "ZAR",
    "dirham": "MAD",
    "naira": "NGN",
    "peso": "MXN",
}
_NAMES |= {code.lower(): code for code in ("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "CAD", "AUD")}
_FACTORS = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_UNITS = (
    r"(?:US |U\.S\. |American |Canadian |Australian )?dollars?|euros?|livres sterling|livres?|"
    r"pounds?(?: sterling)?|sterling|yens?|yuans?|renminbi|francs suisses|Swiss francs|francs?|"
    r"rupees|roupies|won|couronnes?|kronor|rand|dirhams|naira|pesos|USD|EUR|GBP|JPY|CHF|CNY|CAD|AUD|€|\$|£"
)
_MONEY = re.compile(
    rf"(?P<sign>US\$|HK\$|C\$|A\$|R\$|[$€£¥₹₩])[ \u00a0]?(?P<n1>{_NUMBER})"
    rf"(?:[ \u00a0-]?(?P<s1>{_SCALE})\b)?"
    rf"|(?<!\d)(?P<n2>{_NUMBER})[ \u00a0\u202f-]?(?P<s2>(?:{_SCALE})(?![^\W\d_]))?"
    rf"(?:[ \u00a0\u202f-]?(?:de |d['’])?)?(?P<unit>{_UNITS})(?!\w)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"(?<!\d)(?P<n>{_NUMBER})[ \u00a0\u202f-]?(?:%|per ?cent\b|pour cent\b|pc\b)", re.I
)
_OF_CAPITAL = re.compile(
    r"stake|share|capital|interest|holding|holds|equity|own|détien|détenu|participation|parts? d|"
    r"actionna|monte|entre au|prend",
    re.IGNORECASE,
)


def amounts(text: str) -> tuple[Amount, ...]:
    """Amounts of a sentence, in reading order, shares only where a holding is spoken of."""
    found: list[tuple[int, Amount]] = []
    for match in _MONEY.finditer(text):
        amount = _money(match)
        if amount is not None:
            found.append((match.start(), amount))
    for match in _SHARE.finditer(text):
        around = text[max(0, match.start() - 60) : match.end() + 40]
        value = _value(match["n"])
        if value is not None and value <= 100 and _OF_CAPITAL.search(around):
            share = Amount(text=match.group().strip(), value=value, unit="percent")
            found.append((match.start(), share))
    found.sort(key=lambda f: f[0])
    return tuple(amount for _, amount in found[:MAX_AMOUNTS])


def _money(match: re.Match[str]) -> Amount | None:
    number = match["n1"] or match["n2"]
    scale = (match["s1"] or match["s2"] or "").lower()
    value = _value(number)
    unit = _currency(match["sign"] or match["unit"])
    if value is None or unit is None:
        return None
    value *= _factor(scale)
    return Amount(text=match.group().strip(), value=round(value, 2), unit=unit)


def _currency(written: str) -> str | None:
    if written.upper() in _SIGNS:
        return _SIGNS[written.upper()]
    name = written.lower()
    if name.startswith("canadian"):
        return "CAD"
    if name.startswith("australian"):
        return "AUD"
    name = name.split(" ")[-1] if "dollar" in name or name.startswith("pound") else name
    for form in (name, name.rstrip("s"), name.replace("livres", "livre").replace("s ", " ")):
        if form in _NAMES:
            return _NAMES[form]
    if "suisse" in name or "swiss" in name:
        return "CHF"
    return None


def _factor(scale: str) -> float:
    if not scale:
        return 1.0
    if scale.startswith(("milliard", "mrd", "md")) or scale[0] == "b":
        return 1e9
    if scale.startswith(("milliers", "millier", "thousand")):
        return 1e3
    if scale.startswith("tril"):
        return 1e12
    return _FACTORS[scale[0]]


def _value(written: str) -> float | None:
    """`1,234.5`, `1.234,5`, `1 234,5` and `10,5` as numbers."""
    digits = re.sub(r"[ \u00a0\u202f]", "", written)
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif comma >= 0 or point >= 0:
        mark = "," if comma >= 0 else "."
        head, _, tail = digits.rpartition(mark)
        whole = len(tail) == 3 and head not in ("0", "") and digits.count(mark) >= 1
        digits = digits.replace(mark, "") if whole else head.replace(mark, "") + "." + tail
    try:
        return float(digits)
    except ValueError:
        return None
