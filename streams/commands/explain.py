"""`frenemy explain`."""

import sys
from typing import BinaryIO

import click
from rich.table import Table
from rich.text import Text

from streams.articles.document import Document, cut
from streams.articles.enrich import read
from streams.articles.events.detector import Judgement
from streams.articles.language import SUPPORTED
from streams.articles.rejection import Rejection
from streams.commands.console import TYPE_STYLES, json_line, out, plain, plain_text
from streams.commands.options import ANALYSIS, Settings, with_settings
from streams.messages import Article, Company

MOST_REASONS = 8


@click.command("explain")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an article.")
@with_settings(*ANALYSIS)
def command(file: BinaryIO, as_json: bool, settings: Settings) -> None:
    """Say why an article gave what it gave: companies in the text, every pair, what spoke for and against.

    FILE holds articles as JSON lines.

    \b
    Example:
      frenemy explain article.json
    """
    from streams.wire import analyst as analysts

    analyst = analysts.load(settings)
    explain = analyst.detector.explain
    failed = False
    for line in file:
        if not line.strip():
            continue
        try:
            article = read(line.strip(), analyst.limits)
        except Rejection as rejection:
            failed = True
            if as_json:
                told = {"rejected": rejection.reason, "message": rejection.message}
                click.echo(json_line(told))
            else:
                out.print(f"[bold red]rejected[/] {rejection.reason}: {plain(rejection.message)}")
            continue
        supported = article.lang in SUPPORTED
        document = cut(article.title, article.body, article.lang if supported else "en")
        companies = analyst.finder.find(document)
        judgements = explain(document, companies, analyst.opened(document)) if supported else []
        if as_json:
            answer = {
                "article_id": article.id,
                "lang": article.lang,
                "companies": companies,
                "pairs": judgements,
            }
            click.echo(json_line(answer))
        else:
            _show(article, document, companies)
            _show_pairs(judgements)
    sys.exit(1 if failed else 0)


def _show(article: Article, document: Document, companies: list[Company]) -> None:
    for field in document.fields:
        if field.text:
            out.print(marked(field.text, field.name, companies))
            out.print()
    table = Table(
        "company", "name", "known", "role", "salience", "mentions", box=None, header_style="bold"
    )
    for company in companies:
        mentions = ", ".join(
            f"{m.text} ({m.kind} {m.confidence:.2f})" for m in company.mentions[:6]
        )
        table.add_row(
            company.id,
            plain(company.name),
            "yes" if company.known else "no",
            company.role,
            f"{company.salience:.2f}",
            plain(mentions),
        )
    out.print(table)
    if article.lang not in SUPPORTED:
        out.print(f"No events are looked for in the language {article.lang}.")


def marked(text: str, field: str, companies: list[Company] | tuple[Company, ...]) -> Text:
    """The text with its companies marked: names bold, what only points to them underlined."""
    shown = plain_text(text)
    if len(shown.plain) != len(text):
        return shown
    for company in companies:
        for mention in company.mentions:
            if mention.field == field:
                style = "bold cyan" if mention.kind in ("name", "ticker") else "underline cyan"
                shown.stylize(style, mention.start, mention.end)
    return shown


def _show_pairs(judgements: list[Judgement]) -> None:
    for judgement in judgements:
        out.print()
        verdict = "event" if judgement.decision else "no event"
        out.print(
            Text.assemble(
                (plain_text(" ~ ".join(judgement.pair)).plain, "bold"),
                "  ",
                (judgement.type, TYPE_STYLES[judgement.type]),
                f"  {verdict}: confidence {judgement.confidence:.2f}, threshold {judgement.threshold:.2f}",
            )
        )
        out.print(Text("  “") + plain_text(judgement.passage) + Text("”"))
        reasons = sorted(judgement.reasons, key=lambda reason: -abs(reason.weight))[:MOST_REASONS]
        for reason in reasons:
            style = "green" if reason.weight > 0 else "red"
            out.print(Text(f"  {reason.weight:+6.2f}  ", style=style) + plain_text(reason.feature))
