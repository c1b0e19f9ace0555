"""Fetching politely: robots.txt, one request a second and host, conditional, backing off."""

import asyncio
import ipaddress
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from tempfile import TemporaryFile
from types import TracebackType
from typing import BinaryIO, Self, cast
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override

from streams import __version__
from streams.sources.encoding import decoded
from streams.sources.records import Bounds, Trouble, Unread
from streams.sources.robots import KEPT_SECONDS, MOST_BYTES, Robots

AGENT = "frenemy"
TRIES = 3
MOST_REDIRECTS = 5
HOST_SECONDS = 1.0
FIRST_WAIT = 2.0
# A host that asks to wait longer than this is listed, and asked again by the next run.
LONGEST_WAIT = 120.0
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 20.0
CHUNK = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)
_BUSY = (429, 500, 502, 503, 504)
_FAILURES = (aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the body as a file, or `unchanged` where it is as it was last time."""

    url: str
    content_type: str
    body: BinaryIO
    etag: str = ""
    modified: str = ""
    unchanged: bool = False


@dataclass(slots=True)
class _Host:
    next_at: float = 0.0
    robots: Robots | None = None
    robots_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class _PublicResolver(AbstractResolver):
    """Resolves to public addresses alone: no link in a feed reaches into its reader's network."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: int = 0, **_: object
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port)
        public = [row for row in found if _is_public(row["host"])]
        if not public:
            raise PrivateAddress(host)
        return public

    @override
    async def close(self) -> None:
        await self._inner.close()


class PrivateAddress(OSError):
    """A host has no public address."""


class Fetcher:
    """Fetches over HTTP. `sleep` and `clock` are given by tests.

    Args:
        contact: address or page of whoever runs this, told to the hosts in the User-Agent.
        bounds: sizes and times.
    """

    def __init__(
        self,
        contact: str,
        bounds: Bounds,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agent = f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else "")
        self._bounds = bounds
        self._sleep = sleep
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def fetch(
        self,
        url: str,
        *,
        etag: str = "",
        modified: str = "",
        public: bool = False,
        archive: bool = False,
    ) -> Answer:
        """Fetch a URL, following redirects, trying again where the host is busy.

        Args:
            url: an http or https address.
            etag: `ETag` of what we have, for a conditional request.
            modified: `Last-Modified` of what we have.
            public: refuse addresses that are not public, for a link that somebody else wrote.
            archive: whether it may be as large as an archive.

        Raises:
            Unread: saying why it cannot be had.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        for _ in range(MOST_REDIRECTS + 1):
            await self._allowed(url, public)
            answer = await self._tried(url, headers, public, archive)
            if isinstance(answer, Answer):
                return answer
            url = _joined(url, answer)
        raise Unread(Trouble.BAD_REDIRECT, f"More than {MOST_REDIRECTS} redirects.")

    async def _allowed(self, url: str, public: bool) -> None:
        parts = _parts(url, public)
        host = self._hosts.setdefault(parts, _Host())
        async with host.lock:
            if host.robots is None or self._clock() - host.robots_at > KEPT_SECONDS:
                host.robots = await self._robots(parts, public)
                host.robots_at = self._clock()
        if not host.robots.allows(url, AGENT):
            raise Unread(Trouble.ROBOTS, f"The robots.txt of {parts} does not allow it.")

    async def _robots(self, origin: str, public: bool) -> Robots:
        url = f"{origin}/robots.txt"
        try:
            for _ in range(MOST_REDIRECTS):
                async with self._session(public).get(
                    url, allow_redirects=False, timeout=self._timeout(archive=False)
                ) as response:
                    target = response.headers.get("Location")
                    if response.status in _REDIRECTS and target:
                        url = _joined(url, target)
                        _parts(url, public)
                        continue
                    data = await response.content.read(MOST_BYTES)
                    return Robots(response.status, decoded(data))
        except (*_FAILURES, Unread) as error:
            if _is_private(error):
                raise _private(origin) from None
        return Robots(None, "")

    async def _tried(
        self, url: str, headers: dict[str, str], public: bool, archive: bool
    ) -> Answer | str:
        wait = FIRST_WAIT
        for attempt in range(1, TRIES + 1):
            await self._turn(url, public)
            try:
                return await self._once(url, headers, public, archive)
            except _Busy as busy:
                asked = busy.after
                fault = Unread(Trouble.HTTP_STATUS, f"The host answers with status {busy.status}.")
            except TimeoutError:
                asked = None
                fault = Unread(Trouble.TOO_SLOW, "The host takes too long to answer.")
            except (aiohttp.ClientError, OSError) as error:
                if _is_private(error):
                    raise _private(url) from None
                asked = None
                fault = Unread(Trouble.UNREACHABLE, f"No answer ({type(error).__name__}).")
            if attempt == TRIES or (asked or 0.0) > LONGEST_WAIT:
                raise fault
            await self._sleep(max(asked or 0.0, wait * (1 + random.random() / 2)))  # noqa: S311 - no secret
            wait *= 2
        raise AssertionError

    async def _once(
        self, url: str, headers: dict[str, str], public: bool, archive: bool
    ) -> Answer | str:
        most = self._bounds.archive_bytes if archive else self._bounds.feed_bytes
        async with self._session(public).get(
            url, headers=headers, allow_redirects=False, timeout=self._timeout(archive)
        ) as response:
            if response.status == 304:
                return Answer(url, "", cast(BinaryIO, TemporaryFile()), unchanged=True)
            target = response.headers.get("Location")
            if response.status in _REDIRECTS and target:
                return target
            if response.status in _BUSY:
                raise _Busy(response.status, _seconds(response.headers.get("Retry-After")))
            if response.status == 410:
                raise Unread(
                    Trouble.GONE, "It is gone for good (status 410): take it off the list."
                )
            if response.status != 200:
                raise Unread(
                    Trouble.HTTP_STATUS, f"The host answers with status {response.status}."
                )
            body = cast(BinaryIO, TemporaryFile())  # noqa: SIM115 - the answer keeps it
            read = 0
            async for chunk in response.content.iter_chunked(CHUNK):
                read += len(chunk)
                if read > most:
                    body.close()
                    raise Unread(Trouble.TOO_LARGE, f"It has more than {most:,} bytes.")
                body.write(chunk)
            body.seek(0)
            return Answer(
                url,
                response.headers.get("Content-Type", ""),
                body,
                response.headers.get("ETag", "")[:1_000],
                response.headers.get("Last-Modified", "")[:100],
            )

    async def _turn(self, url: str, public: bool) -> None:
        """Wait until the host may be asked again."""
        host = self._hosts[_parts(url, public)]
        async with host.lock:
            now = self._clock()
            if host.next_at > now:
                await self._sleep(host.next_at - now)
            delay = host.robots.delay(AGENT) if host.robots is not None else 0.0
            host.next_at = self._clock() + max(HOST_SECONDS, delay)

    def _session(self, public: bool) -> aiohttp.ClientSession:
        if public not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=_PublicResolver() if public else ThreadedResolver(), use_dns_cache=False
            )
            self._sessions[public] = aiohttp.ClientSession(
                connector=connector,
                headers={"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=not public,
            )
        return self._sessions[public]

    def _timeout(self, archive: bool) -> aiohttp.ClientTimeout:
        total = self._bounds.archive_seconds if archive else self._bounds.fetch_seconds
        return aiohttp.ClientTimeout(
            total=total,
            sock_connect=min(CONNECT_SECONDS, total),
            sock_read=min(SILENCE_SECONDS, total),
        )


class _Busy(Exception):
    """The host asks to come back later."""

    def __init__(self, status: int, after: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.after = after


def _parts(url: str, public: bool) -> str:
    """Scheme and authority of a URL that may be asked.

    Raises:
        Unread: where the URL is no web address, or must be public and is not.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise Unread(Trouble.BAD_REDIRECT, "It leads to something that is no http(s) address.")
    if public:
        try:
            if not _is_public(host):
                raise _private(url)
        except ValueError:
            pass
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _is_private(error: BaseException) -> bool:
    return isinstance(error, aiohttp.ClientConnectorError) and isinstance(
        error.os_error, PrivateAddress
    )


def _private(url: str) -> Unread:
    return Unread(
        Trouble.PRIVATE_ADDRESS,
        f"{urlsplit(url).hostname} is no public address, and a feed links to it.",
    )


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        return ""


def _seconds(value: str | None) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None
