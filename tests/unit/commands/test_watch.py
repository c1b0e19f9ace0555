"""What `frenemy watch` shows and passes on."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.commands.hooks import Alert, Undelivered
from streams.commands.watch import Filter, Outlet, alert_of, line_of
from streams.messages import Event, Shift

EXAMPLES = Path(__file__).resolve().parents[3] / "schemas" / "examples" / "good"


def event(name: str = "competition", **changes: Any) -> Event:
    found = msgspec.json.decode((EXAMPLES / "event" / f"{name}.json").read_bytes(), type=Event)
    return msgspec.structs.replace(found, **changes)


def shift() -> Shift:
    return msgspec.json.decode((EXAMPLES / "shift" / "frenemies.json").read_bytes(), type=Shift)


@pytest.mark.parametrize(
    ("chosen", "passes"),
    [
        (Filter(), True),
        (Filter(companies=("nobody", "openai")), True),
        (Filter(companies=("nobody",)), False),
        (Filter(kind="competition"), True),
        (Filter(kind="partnership"), False),
        (Filter(statuses=("denied", "asserted")), True),
        (Filter(statuses=("denied",)), False),
        (Filter(subtypes=("talent",)), False),
        (Filter(shifts_only=True), False),
        (Filter(stances=("rivals",)), False),
        (Filter(least=0.999), False),
        (Filter(new=True), False),
    ],
)
def test_filter_of_events(chosen: Filter, passes: bool) -> None:
    later = msgspec.structs.replace(
        event(), confidence=0.9, status="asserted", subtype="rivalry", pair="microsoft~openai"
    )
    if later.novelty is not None:
        later = msgspec.structs.replace(
            later, novelty=msgspec.structs.replace(later.novelty, rank=2)
        )
    assert chosen.shows(later) is passes


@pytest.mark.parametrize(
    ("chosen", "passes"),
    [
        (Filter(), True),
        (Filter(shifts_only=True, least=0.999), True),
        (Filter(stances=("frenemies",)), True),
        (Filter(stances=("rivals",)), False),
        (Filter(kind="competition"), False),
        (Filter(companies=("nobody",)), False),
    ],
)
def test_filter_of_shifts(chosen: Filter, passes: bool) -> None:
    assert chosen.shows(shift()) is passes


class Taker:
    """A hook that takes what comes, but for what it refuses."""

    def __init__(self, refused: Iterable[str] = ()) -> None:
        self.refused = set(refused)
        self.taken: list[Alert] = []

    async def deliver(self, alert: Alert) -> None:
        if alert.id in self.refused:
            raise Undelivered("no", again=False)
        self.taken.append(alert)


async def test_what_passes_is_shown_and_passed_on_once(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = event(), event("partnership")
    hook = Taker({second.event_id})
    shown: list[Event | Shift] = []
    outlet = Outlet(Filter(), shown.append, [hook], tries=3)
    for message in (first, first, second, shift(), first):
        await outlet.take(message)
    assert shown == [first, second, shift()]
    assert [alert.id for alert in hook.taken] == [first.event_id, shift().shift_id]
    assert outlet.failed == 1
    assert second.event_id in capsys.readouterr().err


async def test_taking_back_is_an_alert_of_its_own() -> None:
    hook = Taker()
    outlet = Outlet(Filter(), lambda message: None, [hook], tries=1)
    retracted = msgspec.structs.replace(event(), retracted=True)
    for message in (event(), retracted):
        await outlet.take(message)
    assert hook.taken[1].id == hook.taken[0].id + "-retracted"


def test_a_line_is_one_line() -> None:
    wild = event()
    wild = msgspec.structs.replace(
        wild, evidence=msgspec.structs.replace(wild.evidence, text="a\tb\nc\x1b[31m")
    )
    assert len(line_of(wild).splitlines()) == 1
    assert line_of(wild).replace("\t", "").isprintable()
    assert line_of(wild).count("\t") == 5
    assert alert_of(shift()).kind == "frenemy.shift"
