"""`frenemy watch`."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass

import click
import msgspec
from rich.text import Text

from streams.commands.console import STANCE_STYLES, TYPE_STYLES, out, plain_text
from streams.commands.following import following, until_end
from streams.commands.options import BROKER, Settings, with_settings
from streams.messages import Event, Shift

TOPICS = ("events.competition", "events.partnership", "relations.shifts")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events and shifts are shown."""

    company: str | None
    kind: str | None
    status: str | None
    new: bool
    shifts_only: bool
    least: float

    def shows(self, message: Event | Shift) -> bool:
        """Whether a message passes."""
        if self.company and self.company not in message.pair.split("~"):
            return False
        if isinstance(message, Shift):
            return not self.kind and not self.status
        return (
            not self.shifts_only
            and self.kind in (None, message.type)
            and self.status in (None, message.status)
            and message.confidence >= self.least
            and not (self.new and (message.novelty is None or message.novelty.rank > 1))
        )


@click.command("watch")
@click.option("--company", help="Only pairs with this company id, such as `microsoft`.")
@click.option(
    "--type", "kind", type=click.Choice(["competition", "partnership"]), help="Only this type."
)
@click.option(
    "--status",
    type=click.Choice(["asserted", "planned", "rumoured", "ended", "denied"]),
    help="Only this status.",
)
@click.option("--new", is_flag=True, help="Only first reports of a story.")
@click.option("--shifts", is_flag=True, help="Only changes of stance.")
@click.option("--confidence", type=click.FloatRange(0, 1), default=0.0, help="Least confidence.")
@click.option("--format", "form", type=click.Choice(["pretty", "line", "json"]), default="pretty")
@click.option("--from-beginning", is_flag=True, help="Start with what is there already.")
@click.option("--once", is_flag=True, help="Show what is there and stop.")
@with_settings(*BROKER)
def command(
    company: str | None,
    kind: str | None,
    status: str | None,
    new: bool,
    shifts: bool,
    confidence: float,
    form: str,
    from_beginning: bool,
    once: bool,
    settings: Settings,
) -> None:
    """Follow events and changes of stance as they come.

    \b
    Examples:
      frenemy watch --company microsoft --new
      frenemy watch --once --format json | jq .pair
    """
    chosen = Filter(company, kind, status, new, shifts, confidence)
    show = {"pretty": _pretty, "line": _line, "json": _json}[form]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(settings, chosen, show, from_beginning or once, once))


async def _watch(
    settings: Settings,
    chosen: Filter,
    show: Callable[[Event | Shift], None],
    beginning: bool,
    once: bool,
) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    async with following(settings, *TOPICS, beginning=beginning) as consumer:
        messages = until_end(consumer) if once else consumer
        with contextlib.suppress(asyncio.CancelledError):
            async for message in messages:
                found = decode(message.topic, message.value, settings)
                if found is not None and chosen.shows(found):
                    show(found)


def decode(topic: str, value: bytes | None, settings: Settings) -> Event | Shift | None:
    """A message of an event or shift topic; None where it is neither."""
    try:
        if topic == settings.topic("relations.shifts"):
            return msgspec.json.decode(value or b"", type=Shift)
        return msgspec.json.decode(value or b"", type=Event)
    except msgspec.DecodeError:
        return None


def _json(message: Event | Shift) -> None:
    click.echo(msgspec.json.encode(message).decode())


def _line(message: Event | Shift) -> None:
    if isinstance(message, Shift):
        words = f"{message.from_stance} -> {message.to_stance}"
        line = f"{message.shifted_at}\tshift\t{message.pair}\t{words}"
    else:
        evidence = message.evidence.text.replace("\t", " ").replace("\n", " ")
        state = "retracted" if message.retracted else message.status
        line = (
            f"{message.detected_at}\t{message.type}/{message.subtype}\t{message.pair}\t{state}\t"
            f"{message.confidence:.2f}\t{evidence}"
        )
    out.print(plain_text(line), soft_wrap=True)


def _pretty(message: Event | Shift) -> None:
    show_shift(message) if isinstance(message, Shift) else show_event(message)


def show_event(event: Event) -> None:
    """Print an event for a person."""
    a, b = event.participants
    style = TYPE_STYLES[event.type]
    mark = "⚔" if event.type == "competition" else "⚭"
    line = Text.assemble(
        ("taken back " if event.retracted else "", "bold yellow"),
        (f"{mark} {event.type}", style),
        (f" {event.subtype.replace('_', ' ')}, {event.status}  ", "dim"),
        (_safe(a.name), "bold"),
        (f" ({a.role})", "dim"),
        (" — ", style),
        (_safe(b.name), "bold"),
        (f" ({b.role})", "dim"),
        (f"  {event.confidence:.2f}", "dim"),
    )
    out.print(line)
    out.print(Text("  “") + marked_evidence(event) + Text("”"))
    facts = []
    if event.amounts:
        facts.append(", ".join(f"{amount.value:,.6g} {amount.unit}" for amount in event.amounts))
    if event.novelty is not None:
        first = "first report" if event.novelty.rank == 1 else f"report {event.novelty.rank}"
        facts.append(f"{first} of story {event.novelty.story_id[:8]}")
    facts.append(_safe(event.article.source or event.article.id))
    out.print(Text("  " + " · ".join(facts), style="dim"))


def show_shift(shift: Shift) -> None:
    """Print a change of stance for a person."""
    a, b = shift.after.companies
    out.print(
        Text.assemble(
            ("◆ ", STANCE_STYLES[shift.to_stance]),
            (f"{_safe(a.name)} and {_safe(b.name)}: {shift.from_stance} → ", ""),
            (shift.to_stance, STANCE_STYLES[shift.to_stance]),
            (
                f"  competition {shift.after.competition:.2f}, partnership {shift.after.partnership:.2f}",
                "dim",
            ),
        )
    )


def marked_evidence(event: Event) -> Text:
    """The evidence with its cues underlined."""
    text = plain_text(event.evidence.text.replace("\n", " "))
    for cue in event.evidence.cues:
        at = text.plain.find(cue)
        if at >= 0:
            text.stylize("underline", at, at + len(cue))
    return text


def _safe(text: str) -> str:
    return plain_text(text).plain
