"""Alerts reach their hook once it is up, or are told; nothing of a message reaches a shell."""

import base64
import hashlib
import hmac
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from streams.commands.hooks import Alert, Command, Undelivered, Webhook, deliver, secret_of
from tests.unit.site import Site

ALERT = Alert("id-1", "frenemy.event", b'{"pair": "a~b; rm -rf /"}', "a line")


class Flaky:
    """Fails some times, then takes what comes."""

    def __init__(self, failures: int, *, again: bool = True, after: float = 0.0) -> None:
        self.failures = failures
        self.again = again
        self.after = after
        self.tries = 0

    async def deliver(self, alert: Alert) -> None:
        self.tries += 1
        if self.tries <= self.failures:
            raise Undelivered("no", again=self.again, after=self.after)


@pytest.fixture
def slept() -> list[float]:
    return []


async def attempt(hook: Flaky, tries: int, slept: list[float]) -> None:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await deliver(hook, ALERT, tries, sleep=sleep)


async def test_waits_grow_until_it_works(slept: list[float]) -> None:
    hook = Flaky(9)
    await attempt(hook, 10, slept)
    assert hook.tries == 10
    assert slept[0] < slept[1] < slept[2]
    assert max(slept) <= 75


async def test_gives_up_after_the_tries(slept: list[float]) -> None:
    hook = Flaky(9)
    with pytest.raises(Undelivered):
        await attempt(hook, 3, slept)
    assert hook.tries == 3


async def test_a_no_is_not_tried_again(slept: list[float]) -> None:
    hook = Flaky(9, again=False)
    with pytest.raises(Undelivered):
        await attempt(hook, 3, slept)
    assert hook.tries == 1


async def test_waits_as_long_as_it_is_told(slept: list[float]) -> None:
    await attempt(Flaky(1, after=40), 3, slept)
    assert slept == [40]
    with pytest.raises(Undelivered):
        await attempt(Flaky(1, after=4_000), 3, slept)


@pytest.fixture
async def webhook(site: Site) -> AsyncIterator[Webhook]:
    async with Webhook(
        site.on("/hook", web.Response(status=204)), b"secret", clock=lambda: 1_700_000_000
    ) as hook:
        yield hook


async def test_webhook_posts_the_message_signed(site: Site, webhook: Webhook) -> None:
    await webhook.deliver(ALERT)
    assert site.bodies == [ALERT.value]
    headers = site.asked[0].headers
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"] == "id-1"
    expected = hmac.digest(b"secret", b"id-1.1700000000." + ALERT.value, hashlib.sha256)
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


async def test_webhook_posts_text_for_chat_programs(site: Site) -> None:
    async with Webhook(site.on("/hook", web.Response()), as_text=True) as hook:
        await hook.deliver(ALERT)
    assert site.bodies == [b'{"text":"a line"}']
    assert "webhook-signature" not in site.asked[0].headers


@pytest.mark.parametrize(
    ("status", "again"),
    [(500, True), (503, True), (429, True), (400, False), (404, False), (302, False)],
)
async def test_webhook_tells_whether_another_try_helps(
    site: Site, status: int, again: bool
) -> None:
    answer = web.Response(status=status, headers={"Retry-After": "7", "Location": "/else"})
    async with Webhook(site.on("/hook", answer)) as hook:
        with pytest.raises(Undelivered) as told:
            await hook.deliver(ALERT)
    assert told.value.again is again
    assert told.value.after == 7
    assert len(site.asked) == 1


async def test_webhook_that_is_slow_or_not_there(site: Site) -> None:
    for url in (site.on("/hook", "never"), "http://127.0.0.1:9/", site.on("/b", "break")):
        async with Webhook(url, seconds=0.2) as hook:
            with pytest.raises(Undelivered) as told:
                await hook.deliver(ALERT)
        assert told.value.again


async def test_command_gets_the_message_on_standard_input(tmp_path: Path) -> None:
    target = tmp_path / "got it"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    await Command(f"{sys.executable} -c '{code}' '{target}'").deliver(ALERT)
    assert target.read_bytes() == ALERT.value + b"\n"


@pytest.mark.parametrize(
    ("line", "again"),
    [("false", True), ("/no/such/program", False), ("sleep 60", True), ("cat /etc ; true", True)],
)
async def test_command_that_fails_is_told(line: str, again: bool) -> None:
    with pytest.raises(Undelivered) as told:
        await Command(line, seconds=0.3).deliver(ALERT)
    assert told.value.again is again


async def test_command_that_reads_nothing_is_fine() -> None:
    await Command("true").deliver(Alert("i", "k", b"x" * 1_000_000, "l"))


def test_empty_command_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Command("  ")


def test_secrets() -> None:
    assert secret_of("whsec_" + base64.b64encode(b"key").decode() + "\n") == b"key"
    assert secret_of(" plain \n") == b"plain"
    with pytest.raises(ValueError, match=r"(?i)base64|padding"):
        secret_of("whsec_!!")
