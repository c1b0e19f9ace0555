"""Fetching is polite, bounded, and tells what it cannot have."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from streams.sources.fetching import HOST_SECONDS, LONGEST_WAIT, Fetcher
from streams.sources.records import Bounds, Trouble, Unread
from streams.sources.robots import Robots
from tests.unit.site import Site


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fetcher(clock: Clock) -> AsyncIterator[Fetcher]:
    bounds = Bounds(feed_bytes=10_000, fetch_seconds=0.5)
    async with Fetcher("me@example.org", bounds, sleep=clock.sleep, clock=clock) as found:
        yield found


async def trouble(fetcher: Fetcher, url: str, **arguments: Any) -> Trouble:
    with pytest.raises(Unread) as told:
        await fetcher.fetch(url, **arguments)
    return told.value.trouble


async def body(fetcher: Fetcher, url: str, **arguments: Any) -> bytes:
    answer = await fetcher.fetch(url, **arguments)
    with answer.body:
        return answer.body.read()


async def test_tells_who_asks_and_whom_to_write_to(site: Site, fetcher: Fetcher) -> None:
    assert await body(fetcher, site.on("/f", "<p>")) == b"<p>"
    agents = {request.headers["User-Agent"] for request in site.asked}
    (agent,) = agents
    assert agent.startswith("frenemy/")
    assert "me@example.org" in agent


async def test_asks_conditionally_and_takes_unchanged_for_an_answer(
    site: Site, fetcher: Fetcher
) -> None:
    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        return web.Response(text="x", headers={"ETag": '"1"', "Last-Modified": "then"})

    url = site.on("/f", answer)
    first = await fetcher.fetch(url)
    first.body.close()
    assert (first.etag, first.modified) == ('"1"', "then")
    second = await fetcher.fetch(url, etag=first.etag, modified=first.modified)
    second.body.close()
    assert second.unchanged
    assert site.asked[-1].headers["If-Modified-Since"] == "then"


async def test_one_request_a_second_and_host(site: Site, fetcher: Fetcher, clock: Clock) -> None:
    for _ in range(3):
        await body(fetcher, site.on("/f", "x"))
    assert clock.slept == [HOST_SECONDS] * 2


async def test_the_delay_that_the_host_asks_for(site: Site, fetcher: Fetcher, clock: Clock) -> None:
    site.on("/robots.txt", "User-agent: *\nCrawl-delay: 7\n")
    for _ in range(2):
        await body(fetcher, site.on("/f", "x"))
    assert clock.slept == [7.0]


async def test_robots(site: Site, fetcher: Fetcher) -> None:
    site.on("/robots.txt", "User-agent: frenemy\nDisallow: /private/\n")
    assert await trouble(fetcher, site.on("/private/f", "x")) is Trouble.ROBOTS
    assert site.paths == []
    assert await body(fetcher, site.on("/public", "x")) == b"x"
    assert [request.path for request in site.asked].count("/robots.txt") == 1


async def test_robots_hold_behind_a_redirect_too(site: Site, fetcher: Fetcher) -> None:
    site.on("/robots.txt", "User-agent: *\nDisallow: /private/\n")
    site.on("/private/f", "x")
    url = site.on("/f", web.Response(status=302, headers={"Location": "/private/f"}))
    assert await trouble(fetcher, url) is Trouble.ROBOTS


async def test_a_host_that_cannot_tell_its_rules_is_left_alone(
    site: Site, fetcher: Fetcher
) -> None:
    site.on("/robots.txt", web.Response(status=503))
    assert await trouble(fetcher, site.on("/f", "x")) is Trouble.ROBOTS


@pytest.mark.parametrize(
    ("status", "text", "allowed"),
    [(404, "", True), (403, "", True), (500, "", False), (None, "", False), (200, "\x00", True)],
)
def test_rules_by_status(status: int | None, text: str, allowed: bool) -> None:
    assert Robots(status, text).allows("http://h/x", "frenemy") is allowed


async def test_a_busy_host_is_asked_again_when_it_says(
    site: Site, fetcher: Fetcher, clock: Clock
) -> None:
    busy = web.Response(status=429, headers={"Retry-After": "30"})
    assert await body(fetcher, site.on("/f", busy, busy, "at last")) == b"at last"
    assert [s for s in clock.slept if s >= 30] == [30.0, 30.0]


async def test_a_host_that_wants_us_gone_for_long_is_told(
    site: Site, fetcher: Fetcher, clock: Clock
) -> None:
    busy = web.Response(status=503, headers={"Retry-After": str(int(LONGEST_WAIT) + 1)})
    assert await trouble(fetcher, site.on("/f", busy)) is Trouble.HTTP_STATUS
    assert len(site.paths) == 1


async def test_a_host_that_stays_busy_is_told_after_growing_waits(
    site: Site, fetcher: Fetcher, clock: Clock
) -> None:
    assert await trouble(fetcher, site.on("/f", web.Response(status=500))) is Trouble.HTTP_STATUS
    assert len(site.paths) == 3
    waits = [seconds for seconds in clock.slept if seconds > HOST_SECONDS]
    assert waits == sorted(waits)
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, Trouble.HTTP_STATUS), (410, Trouble.GONE), (403, Trouble.HTTP_STATUS)],
)
async def test_a_no_is_not_asked_again(
    site: Site, fetcher: Fetcher, status: int, expected: Trouble
) -> None:
    assert await trouble(fetcher, site.on("/f", web.Response(status=status))) is expected
    assert len(site.paths) == 1


async def test_a_slow_host_is_told(site: Site, clock: Clock) -> None:
    bounds = Bounds(fetch_seconds=0.05)
    async with Fetcher("", bounds, sleep=clock.sleep, clock=clock) as fetcher:
        assert await trouble(fetcher, site.on("/f", "never")) is Trouble.TOO_SLOW


async def test_a_host_that_breaks_off_or_is_not_there_is_told(site: Site, fetcher: Fetcher) -> None:
    assert await trouble(fetcher, site.on("/f", "break")) is Trouble.UNREACHABLE
    assert await trouble(fetcher, "http://127.0.0.1:9/") is Trouble.ROBOTS


async def test_sizes_are_bounded_after_decompression(site: Site, fetcher: Fetcher) -> None:
    import gzip

    large = web.Response(body=b"x" * 10_001)
    assert await trouble(fetcher, site.on("/large", large)) is Trouble.TOO_LARGE
    bomb = web.Response(body=gzip.compress(b"x" * 5_000_000), headers={"Content-Encoding": "gzip"})
    assert await trouble(fetcher, site.on("/bomb", bomb)) is Trouble.TOO_LARGE


@pytest.mark.parametrize("target", ["/loop", "ftp://host/x", "file:///etc/passwd", "http://["])
async def test_redirects_that_lead_nowhere_are_told(
    site: Site, fetcher: Fetcher, target: str
) -> None:
    url = site.on("/loop", web.Response(status=301, headers={"Location": target}))
    assert await trouble(fetcher, url) is Trouble.BAD_REDIRECT


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]"])
async def test_links_of_others_reach_no_private_address(fetcher: Fetcher, host: str) -> None:
    assert await trouble(fetcher, f"http://{host}/x", public=True) is Trouble.PRIVATE_ADDRESS


async def test_a_public_link_is_not_led_to_a_private_address(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.sources.fetching._is_public", lambda address: "127" in address)
    url = site.on("/f", web.Response(status=302, headers={"Location": "http://10.0.0.1/"}))
    assert await trouble(fetcher, url, public=True) is Trouble.PRIVATE_ADDRESS
