"""`frenemy rejected replay`."""

import asyncio
import contextlib
import signal
import sys
from collections import Counter, deque
from typing import Any

import click

from streams.commands.console import err, out
from streams.commands.options import Fault, Settings
from streams.commands.rejected.again import home, would_be_rejected
from streams.commands.rejected.letters import Letter, Letters, choosing
from streams.wire import dead_letters

MOST_UNCONFIRMED = 1_000
MOST_REPLAYS = 3
SENT = "sent"
TOO_OFTEN = "replayed too often"
SAME = "the same message once more"
STILL_BAD = "would be rejected again"
OVER_LIMIT = "over the limit"


@click.command("replay")
@click.option("--dry-run", is_flag=True, help="Say what would be sent and send nothing.")
@click.option("--limit", type=click.IntRange(min=1), help="Send at most so many messages.")
@click.option(
    "--max-replays",
    type=click.IntRange(1, dead_letters.MOST_REPLAYS - 1),
    default=MOST_REPLAYS,
    help=f"Leave out what was sent again so many times already.  [default: {MOST_REPLAYS}]",
)
@click.option(
    "--only-mended",
    is_flag=True,
    help="Leave out what this version, with these settings, would reject again.",
)
@choosing()
def replay(
    dry_run: bool, limit: int | None, max_replays: int, only_mended: bool, letters: Letters
) -> None:
    """Send rejected messages again: the same key, value and headers, delivery confirmed.

    Articles go to the raw topic, other messages to the topic they came from. The header
    frenemy.replays counts how often a message was sent again; at --max-replays it is left out, and
    of the same message only one is sent, so that nothing goes round for ever. What was processed
    meanwhile may be sent again without harm: the same article gives the same event ids.

    \b
    Examples:
      frenemy rejected replay --reason internal_error --dry-run
      frenemy rejected replay --reason too_large --only-mended --limit 100
      frenemy rejected replay --from letters/
    """
    run = Replay(letters, limit, max_replays, only_mended)
    asyncio.run(run.run(dry_run))
    _tell(run, dry_run)
    sys.exit(1 if letters.unreadable or run.interrupted else 0)


class Replay:
    """One run. `count` says what became of the letters; `reasons` counts those sent by reason."""

    def __init__(
        self, letters: Letters, limit: int | None, max_replays: int, only_mended: bool
    ) -> None:
        self.count: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.confirmed = 0
        self.interrupted = False
        self._letters = letters
        self._limit = limit
        self._max_replays = max_replays
        self._only_mended = only_mended
        self._replays: dict[bytes, int] = {}
        self._sent: set[bytes] = set()
        self._pending: deque[asyncio.Future[Any]] = deque()

    async def run(self, dry_run: bool) -> None:
        """Read all letters, then send those that are wanted.

        Raises:
            Fault: where broker, topics or file are not there, or a message is not taken.
        """
        total = await self._survey()
        task = asyncio.current_task()
        if task is not None:
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        if dry_run:
            async for letter in self._letters.chosen():
                self.wants(letter)
        elif total:
            await self._send_all(total)

    async def _survey(self) -> int:
        """How often each message was sent again, by its latest letter; the number of letters to look at.

        All letters count, wanted or not: a replay may have been rejected for another reason.
        """
        chosen = 0
        async for letter in self._letters.all():
            chosen += self._letters.choice.takes(letter)
            if letter.replays:
                digest = letter.message_digest()
                self._replays[digest] = max(letter.replays, self._replays.get(digest, 0))
        return chosen

    def wants(self, letter: Letter) -> int | None:
        """The number of this replay, counted as sent; None where the letter is left out, and why is counted."""
        digest = letter.message_digest()
        times = self._replays.get(digest, 0)
        why = None
        if digest in self._sent:
            why = SAME
        elif times >= self._max_replays:
            why = TOO_OFTEN
        elif self._only_mended and would_be_rejected(letter, self._letters.settings) is not None:
            why = STILL_BAD
        elif self._limit is not None and self.count[SENT] >= self._limit:
            why = OVER_LIMIT
        if why is not None:
            self.count[why] += 1
            return None
        self._sent.add(digest)
        self.count[SENT] += 1
        self.reasons[letter.record.reason] += 1
        return times + 1

    async def _send_all(self, total: int) -> None:
        from aiokafka.errors import KafkaError
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        from streams.wire.broker import producer as new_producer
        from streams.wire.broker import unreachable

        settings = self._letters.settings
        producer = new_producer(settings)
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await producer.stop()
            raise Fault(unreachable(settings, error)) from None
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        try:
            with Progress(*columns, console=err, transient=True) as bar:
                line = bar.add_task("dead letters", total=total)
                try:
                    async for letter in self._letters.chosen():
                        await self._take(producer, settings, letter)
                        bar.advance(line)
                except asyncio.CancelledError:
                    self.interrupted = True
                await self._confirm(0)
        except KafkaError as error:
            raise Fault(
                f"The broker did not take a message ({type(error).__name__}); {self.confirmed} before it are "
                "confirmed. `frenemy topics check` says whether the topics are there; then run it again: "
                "what is sent twice gives nothing new."
            ) from None
        finally:
            with contextlib.suppress(KafkaError):
                await producer.stop()

    async def _take(self, producer: Any, settings: Settings, letter: Letter) -> None:
        times = self.wants(letter)
        if times is None:
            return
        future = await producer.send(
            settings.topic(home(letter)),
            letter.value,
            letter.key,
            headers=dead_letters.marked(letter.headers, times),
        )
        self._pending.append(future)
        await self._confirm(MOST_UNCONFIRMED)

    async def _confirm(self, most: int) -> None:
        while len(self._pending) > most:
            await self._pending[0]
            self._pending.popleft()
            self.confirmed += 1


def _tell(run: Replay, dry_run: bool) -> None:
    for reason, count in run.reasons.most_common():
        # A record of an export may name any reason.
        name = reason if reason.isidentifier() else "unknown"
        out.print(f"{count:8}  {name}")
    sent = run.count[SENT] if dry_run else run.confirmed
    verb = "would be replayed" if dry_run else "replayed, delivery confirmed"
    left_out = {why: count for why, count in run.count.items() if why != SENT}
    told = "".join(f"; {count} left out: {why}" for why, count in left_out.items())
    click.echo(f"{sent} messages {verb}{told}", err=True)
    if left_out.get(TOO_OFTEN):
        click.echo("--max-replays sends those again all the same.", err=True)
    if run.interrupted:
        click.echo("Interrupted: what is not listed was not sent.", err=True)
