"""Tables and the web page that are made from code: metrics, rejections, and the runbook with links that work."""

import html
import re
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from streams.articles.rejection import CURES
from streams.wire.metrics import DECLARED, MOST_SERIES, PROCESS, Metric

DEPLOY = Path(__file__).parents[1]
RUNBOOK = DEPLOY / "RUNBOOK.md"
METRICS = DEPLOY / "METRICS.md"
PAGE = DEPLOY / "grafana" / "public" / "runbook.html"
_BEGIN, _END = "<!-- made: {} -->", "<!-- end: {} -->"

STYLE = (
    "body{background:#111217;color:#ccccdc;font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}a{color:#6e9fff}code{background:#22252b;padding:.1em .3em}pre code{display:block;"
    "padding:.6em;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #2c3235;"
    "padding:.3em .6em;text-align:left;vertical-align:top}:target{background:#3a2d00}"
)


def files() -> dict[Path, str]:
    """The files with what they should hold."""
    runbook = _with(RUNBOOK.read_text(encoding="utf-8"), "rejections", rejections())
    metrics = metrics_page()
    return {RUNBOOK: runbook, METRICS: metrics, PAGE: web_page(runbook + "\n" + metrics)}


def rejections() -> str:
    """The reasons of dead letters with what their producer can do, as a table."""
    rows = [f"| `{reason.value}` | {_cell(cure)} |" for reason, cure in CURES.items()]
    return "\n".join(["| reason | what to do |", "| --- | --- |", *rows])


def metrics_page() -> str:
    """All metrics, each with a heading of its own."""
    parts = [
        "# Metrics",
        "Made from `streams/wire/metrics.py`. A worker exposes them on `/metrics` (FRENEMY_METRICS_HOST,\n"
        "FRENEMY_METRICS_PORT) as OpenMetrics. Labels come from closed sets and from the watch-list\n"
        f"(FRENEMY_WATCH_COMPANIES, FRENEMY_WATCH_PAIRS), so there are never more than {MOST_SERIES:,} series.\n"
        "With the longest watch-list a scrape costs a worker 7 ms (`python -m tests.bench.scrape`).\n"
        "Exemplars carry the trace of a message, or where it lies (topic/partition/offset).",
        *map(_metric, DECLARED),
        "## Metrics of the process",
        "As prometheus-client has them: " + ", ".join(f"`{name}`" for name in PROCESS) + ".",
    ]
    return "\n\n".join(parts) + "\n"


def _metric(metric: Metric) -> str:
    kind = metric.kind.__name__.lower()
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    facts = f"{kind} with {labels}" if labels else kind
    lines = [f"### {metric.name}", f"*{facts}*: {metric.help}"]
    if metric.buckets:
        lines.append("Buckets up to: " + ", ".join(f"{bound:g}" for bound in metric.buckets) + ".")
    lines.append(metric.cure)
    return "\n\n".join(lines)


def web_page(markdown: str) -> str:
    """Markdown as one page in the dark; headings have their text as anchor."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(re.sub(r"<!--.*?-->\n?", "", markdown))
    for opening, content in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", anchor(content.content))
    _point_inside(tokens)
    body = parser.renderer.render(tokens, parser.options, {})
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Frenemy runbook</title>'
        f"<style>{STYLE}</style></head><body>\n{body}</body></html>\n"
    )


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", html.unescape(heading).lower())
    return kept.strip().replace(" ", "-")


def anchors(markdown: str) -> set[str]:
    """Anchors of all headings."""
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)}


def _point_inside(tokens: list[Token]) -> None:
    """Both documents are on the page, so links between them lose the file name."""
    for token in tokens:
        for inner in token.children or ():
            if inner.type == "link_open":
                target = str(inner.attrGet("href"))
                inner.attrSet("href", re.sub(r"^(METRICS|RUNBOOK)\.md#", "#", target))


def _with(text: str, name: str, made: str) -> str:
    begin, end = _BEGIN.format(name), _END.format(name)
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{RUNBOOK} has no place for {name}")
    return f"{before}{begin}\n{made}\n{end}{after}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
