"""`frenemy watch`."""

import asyncio
import contextlib
import hashlib
import signal
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from rich.text import Text

from streams.commands.console import STANCE_STYLES, TYPE_STYLES, json_line, out, plain_text
from streams.commands.following import following, until_end
from streams.commands.hooks import (
    Alert,
    Command,
    Hook,
    Undelivered,
    Webhook,
    deliver,
    secret_of,
)
from streams.commands.options import BROKER, Fault, Settings, with_settings
from streams.messages import Event, Shift, Stance, Status, Subtype, Undecodable, decoded
from streams.wire.logs import escaped

TOPICS = ("events.competition", "events.partnership", "relations.shifts")
REMEMBERED = 10_000
BATCH_MS = 500
# Small, as what was passed on of a batch that was not committed is passed on again.
BATCH = 20


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events and shifts are shown. An empty tuple lets all pass."""

    companies: tuple[str, ...] = ()
    kind: str | None = None
    statuses: tuple[str, ...] = ()
    subtypes: tuple[str, ...] = ()
    stances: tuple[str, ...] = ()
    new: bool = False
    shifts_only: bool = False
    least: float = 0.0

    def shows(self, message: Event | Shift) -> bool:
        """Whether a message passes: shifts by company and stance, events by all but stance."""
        if self.companies and not set(self.companies) & set(message.pair.split("~")):
            return False
        if isinstance(message, Shift):
            of_events = self.kind or self.statuses or self.subtypes
            return not of_events and (not self.stances or message.to_stance in self.stances)
        return (
            not self.shifts_only
            and not self.stances
            and self.kind in (None, message.type)
            and (not self.statuses or message.status in self.statuses)
            and (not self.subtypes or message.subtype in self.subtypes)
            and message.confidence >= self.least
            and not (self.new and (message.novelty is None or message.novelty.rank > 1))
        )


@click.command("watch")
@click.option(
    "--company",
    "companies",
    multiple=True,
    help="Only pairs with this company id, such as `microsoft`; may be repeated.",
)
@click.option(
    "--type", "kind", type=click.Choice(["competition", "partnership"]), help="Only this type."
)
@click.option("--subtype", "subtypes", multiple=True, type=click.Choice(get_args(Subtype)))
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(get_args(Status)),
    help="Only this status; may be repeated.",
)
@click.option("--new", is_flag=True, help="Only first reports of a story.")
@click.option("--shifts", is_flag=True, help="Only changes of stance.")
@click.option(
    "--stance",
    "stances",
    multiple=True,
    type=click.Choice(get_args(Stance)),
    help="Only changes to this stance; may be repeated.",
)
@click.option("--confidence", type=click.FloatRange(0, 1), default=0.0, help="Least confidence.")
@click.option("--format", "form", type=click.Choice(["pretty", "line", "json"]), default="pretty")
@click.option("--from-beginning", is_flag=True, help="Start with what is there already.")
@click.option("--once", is_flag=True, help="Show what is there and stop.")
@click.option("--webhook", help="Post each to this URL.")
@click.option(
    "--webhook-secret-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Sign posts with the secret in this file (Standard Webhooks).",
)
@click.option("--webhook-text", is_flag=True, help='Post {"text": line}, which chat programs show.')
@click.option("--run", "program", help="Run this program for each, its JSON on standard input.")
@click.option(
    "--tries", type=click.IntRange(1, 100), default=8, help="Tries to pass on one.  [default: 8]"
)
@click.option("--group", help="Remember under this name what was passed on, and go on from there.")
@with_settings(*BROKER)
def command(
    companies: tuple[str, ...],
    kind: str | None,
    subtypes: tuple[str, ...],
    statuses: tuple[str, ...],
    new: bool,
    shifts: bool,
    stances: tuple[str, ...],
    confidence: float,
    form: str,
    from_beginning: bool,
    once: bool,
    webhook: str | None,
    webhook_secret_file: Path | None,
    webhook_text: bool,
    program: str | None,
    tries: int,
    group: str | None,
    settings: Settings,
) -> None:
    """Follow events and changes of stance as they come; pass them on to a webhook or a program.

    What cannot be passed on after all tries is told on standard error as a JSON line and left out; the
    exit code is then 1. With --group a later run goes on where this one came to; some may come twice
    then, under the same id.

    \b
    Examples:
      frenemy watch --company microsoft --new
      frenemy watch --once --format json | jq .pair
      frenemy watch --stance frenemies --group desk --webhook https://chat.example/hook --webhook-text
      frenemy watch --type competition --run ./on-event.sh
    """
    chosen = Filter(companies, kind, statuses, subtypes, stances, new, shifts, confidence)
    show = {"pretty": _pretty, "line": _line, "json": _json}[form]
    try:
        secret = secret_of(webhook_secret_file.read_text()) if webhook_secret_file else b""
        post = Webhook(webhook, secret, as_text=webhook_text) if webhook else None
        run = Command(program) if program else None
    except ValueError as error:
        raise Fault(f"--webhook-secret-file or --run cannot be used: {error}") from None
    if post is not None and not webhook_is_address(webhook or ""):
        raise Fault("--webhook takes an http or https URL.")
    outlet = Outlet(chosen, show, [hook for hook in (post, run) if hook is not None], tries)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_watch(settings, outlet, post, from_beginning or once, once, group))
    sys.exit(1 if outlet.failed else 0)


def webhook_is_address(url: str) -> bool:
    """Whether a webhook is one that can be posted to."""
    return url.startswith(("http://", "https://"))


class Outlet:
    """Shows what passes the filter and gives it to the hooks; each message once, while it is remembered."""

    def __init__(
        self,
        chosen: Filter,
        show: Callable[[Event | Shift], None],
        hooks: Sequence[Hook],
        tries: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.failed = 0
        self._chosen = chosen
        self._show = show
        self._hooks = hooks
        self._tries = tries
        self._sleep = sleep
        self._known: OrderedDict[bytes, None] = OrderedDict()

    async def take(self, message: Event | Shift) -> None:
        """Show a message and pass it on; returns when that is done, or given up."""
        if not self._chosen.shows(message) or self._seen(message):
            return
        self._show(message)
        for hook in self._hooks:
            try:
                await deliver(hook, alert_of(message), self._tries, sleep=self._sleep)
            except Undelivered as failure:
                self.failed += 1
                told = {"id": alert_of(message).id, "message": failure.message}
                click.echo(json_line(told), err=True)

    def _seen(self, message: Event | Shift) -> bool:
        """Whether the very same came before: delivery to topics is at least once."""
        key = hashlib.blake2b(msgspec.json.encode(message), digest_size=16).digest()
        seen = key in self._known
        self._known[key] = None
        self._known.move_to_end(key)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return seen


def alert_of(message: Event | Shift) -> Alert:
    """A message as it is passed on. Taking back an event is an alert of its own."""
    value = msgspec.json.encode(message)
    if isinstance(message, Shift):
        return Alert(message.shift_id, "frenemy.shift", value, line_of(message))
    taken_back = "-retracted" if message.retracted else ""
    return Alert(message.event_id + taken_back, "frenemy.event", value, line_of(message))


async def _watch(
    settings: Settings,
    outlet: Outlet,
    post: Webhook | None,
    beginning: bool,
    once: bool,
    group: str | None,
) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    if task is not None:
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    async with (
        post or contextlib.nullcontext(),
        following(settings, *TOPICS, beginning=beginning, group=group) as consumer,
    ):
        with contextlib.suppress(asyncio.CancelledError):
            if once:
                async for message in until_end(consumer):
                    await _take(message, outlet, settings)
                if group:
                    await consumer.commit()
                return
            while True:
                batches = await consumer.getmany(timeout_ms=BATCH_MS, max_records=BATCH)
                for message in (m for messages in batches.values() for m in messages):
                    await _take(message, outlet, settings)
                if group and batches:
                    await consumer.commit()


async def _take(message: Any, outlet: Outlet, settings: Settings) -> None:
    found = decode(message.topic, message.value, settings)
    if found is not None:
        await outlet.take(found)


def decode(topic: str, value: bytes | None, settings: Settings) -> Event | Shift | None:
    """A message of an event or shift topic; None where it is neither."""
    try:
        if topic == settings.topic("relations.shifts"):
            return decoded(value, Shift)
        return decoded(value, Event)
    except Undecodable:
        return None


def _json(message: Event | Shift) -> None:
    click.echo(json_line(message))


def _line(message: Event | Shift) -> None:
    click.echo(line_of(message))


def line_of(message: Event | Shift) -> str:
    """A message as one line of fields between tabs, without control characters.

    Time, type, pair, status or stances; for an event its confidence and evidence too.
    """
    if isinstance(message, Shift):
        words = f"{message.from_stance} -> {message.to_stance}"
        return f"{_safe(message.shifted_at)}\tshift\t{_safe(message.pair)}\t{words}"
    evidence = _safe(" ".join(message.evidence.text.split()))
    state = "retracted" if message.retracted else message.status
    return (
        f"{_safe(message.detected_at)}\t{message.type}/{message.subtype}\t{_safe(message.pair)}\t{state}\t"
        f"{message.confidence:.2f}\t{evidence}"
    )


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
    """Text of others as part of a line."""
    return escaped(text).replace("\n", "\\n")
