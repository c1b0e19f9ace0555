"""The kept inputs: seeds made from what the repository has, what fuzzing found, and every input that broke something.

`tests/data/fuzz/<target>.txt` holds one input a line as base64; `tests/data/fuzz/broken/<target>-<what>` one that broke
the target once, as it was.
"""

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path

from streams import contract
from streams.articles.rejection import Reason, Rejection
from streams.messages import Version
from streams.samples import ARTICLES
from streams.wire import dead_letters

FOLDER = Path(__file__).resolve().parents[1] / "data" / "fuzz"
BROKEN = FOLDER / "broken"
LARGEST_SEED = 4_096
# What the examples do not have: tricks of Unicode, of HTML, of numbers and of names.
TRICKS = (
    "\u202eefas ton si sihT\u202c",
    "M\u200bicro\u200dsoft and Open\u00adAI",
    "Мicrosoft and ΑIrbus",
    "\ufdfa" * 50,
    "e" + "\u0301" * 200,
    "\U000e0041\U0001f468\u200d\U0001f469",
    "ﬁnance ﬀ ½ ① Ⅷ ㎏",
    "<p>" * 40 + "x" + "&amp;lt;b&gt;" * 10,
    "<a " + "x=' " * 40 + "<table><td><svg><script><!--",
    "&#0;&#xD800;&#x10FFFF;&#27;&notanentity;&ampamp;",
    "$1" + ",000" * 60 + " billion and 5 % " + "1." * 80,
    "Orange (Orange), Orange's ORANGE: (NYSE: A) " * 8,
    "\x1b]0;title\x07\x9b31m\r\nheader: forged",
    "%s %n {0} ${jndi:x} [bold]x[/bold] \\x1b",
    "L’accord — « entre » Orange et Vodafone, n’est-ce pas ?",
)


def seeds(target: str) -> list[bytes]:
    """What a target begins with: examples, samples and tricks in its shape, then what was found before."""
    made = _SHAPES.get(target, _raw)()
    return list(dict.fromkeys([*made, *found(target), *(data for _, data in broken(target))]))


def found(target: str) -> list[bytes]:
    """What fuzzing found worth keeping."""
    path = FOLDER / f"{target}.txt"
    return [base64.b64decode(x) for x in path.read_text().split()] if path.exists() else []


def broken(target: str) -> list[tuple[str, bytes]]:
    """Name and bytes of each input that broke the target once."""
    return [(p.name, p.read_bytes()) for p in sorted(BROKEN.glob(f"{target}-*"))]


def keep(target: str, inputs: list[bytes]) -> None:
    """Write what fuzzing found, the shortest first."""
    FOLDER.mkdir(exist_ok=True)
    known = set(_SHAPES.get(target, _raw)())
    lines = [base64.b64encode(x).decode() for x in sorted(set(inputs) - known, key=len)]
    (FOLDER / f"{target}.txt").write_text("".join(line + "\n" for line in lines))


def _examples(pattern: str) -> list[bytes]:
    found = []
    for path in sorted((contract.folder() / "examples").glob(pattern)):
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        if len(data) <= LARGEST_SEED and ".result." not in path.name:
            found.append(data)
    return found


def _samples() -> list[dict[str, str]]:
    return [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines()]


def _raw() -> list[bytes]:
    tricks = [json.dumps({"id": "t", "title": trick, "source": trick}).encode() for trick in TRICKS]
    samples = [
        json.dumps({**a, "body": a.get("body", "")[:1_500]}).encode() for a in _samples()[:8]
    ]
    return [*_examples("good/article/*"), *_examples("bad/article/*"), *samples, *tricks]


def _texts() -> list[bytes]:
    samples = [f"{a.get('title', '')}\n{a.get('body', '')[:1_500]}" for a in _samples()]
    return [text.encode("utf-8", "replace") for text in (*samples, *TRICKS)]


def _lines() -> list[bytes]:
    letters = []
    for number, reason in enumerate(Reason):
        letter = dead_letters.rejected(
            Rejection(reason, "decode", "It is bad."),
            topic="news.articles.raw" if number % 2 else "news.feedback",
            partition=number,
            offset=number,
            key=b"k",
            value=b'{"title": 7, "source": "\\u001b[31m", "url": "http://[x"}',
            headers=[(dead_letters.REPLAYS, b"2"), ("traceparent", b"\xff")],
            rejected_at="2024-05-08T06:30:00Z",
            version=Version(program="0", registry="0", model="0"),
        )
        letters.append(dead_letters.encode(letter))
    return letters


_SHAPES: dict[str, Callable[[], list[bytes]]] = {
    "html": _texts,
    "terminal": _texts,
    "analysis": lambda: [bytes([n % 4]) + text for n, text in enumerate(_texts())],
    "relate": lambda: _examples("*/detection/*"),
    "feedback": lambda: _examples("*/feedback/*"),
    "registry": lambda: [
        json.dumps(json.loads(x)).encode() for x in _examples("*/company/*") if x.strip()
    ],
    "letters": _lines,
    "replay": lambda: [bytes([n]) + x for n, x in enumerate([*_raw(), *_lines()])],
}
