"""Alerts: what `frenemy watch` passes on to a webhook or a command, with retries."""

import asyncio
import base64
import hashlib
import hmac
import random
import shlex
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import orjson

from streams import __version__

if TYPE_CHECKING:
    import aiohttp

TRY_SECONDS = 30.0
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Alert:
    """What is passed on: a message as JSON, its line for a person, and an id that repeats with it."""

    id: str
    kind: str
    value: bytes
    line: str


class Undelivered(Exception):
    """One try failed. `again` says whether another may help, `after` how long to wait at least."""

    def __init__(self, message: str, *, again: bool = True, after: float = 0.0) -> None:
        super().__init__(message)
        self.message = message
        self.again = again
        self.after = after


class Hook(Protocol):
    """Where alerts go."""

    async def deliver(self, alert: Alert) -> None:
        """Try once.

        Raises:
            Undelivered: where it did not work.
        """


async def deliver(
    hook: Hook,
    alert: Alert,
    tries: int,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Deliver an alert, waiting longer after each failure.

    Raises:
        Undelivered: where `tries` tries failed, or another would not help.
    """
    wait = FIRST_WAIT
    for attempt in range(1, tries + 1):
        try:
            await hook.deliver(alert)
        except Undelivered as failure:
            if attempt == tries or not failure.again or failure.after > LONGEST_WAIT:
                raise
            await sleep(max(failure.after, wait * (1 + random.random() / 4)))  # noqa: S311 - no secret
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            return


class Command:
    """Runs a program with the message as JSON on standard input; exit code 0 is success.

    No shell is between, and nothing of a message stands in the arguments.
    """

    def __init__(self, line: str, seconds: float = TRY_SECONDS) -> None:
        self._words = shlex.split(line)
        self._seconds = seconds
        if not self._words:
            raise ValueError("the command is empty")

    async def deliver(self, alert: Alert) -> None:
        """Run it once.

        Raises:
            Undelivered: where it cannot be run, fails, or takes too long; it is then killed.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.PIPE
            )
        except OSError as error:
            again = not isinstance(error, FileNotFoundError | PermissionError)
            raise Undelivered(
                f"The command cannot be run ({error.strerror}).", again=again
            ) from None
        try:
            await asyncio.wait_for(process.communicate(alert.value + b"\n"), self._seconds)
        except TimeoutError:
            raise Undelivered(f"The command took longer than {self._seconds:g} seconds.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise Undelivered(f"The command ended with exit code {process.returncode}.")


class Webhook:
    """Posts the message, signed as the Standard Webhooks specification says where there is a secret.

    Args:
        url: where to.
        secret: bytes that sender and receiver share; empty leaves the signature out.
        as_text: post `{"text": line}`, which chat programs take, instead of the message.
        seconds: time for one try.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        url: str,
        secret: bytes = b"",
        *,
        as_text: bool = False,
        seconds: float = TRY_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret
        self._as_text = as_text
        self._seconds = seconds
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        import aiohttp

        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._seconds), trust_env=True
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def deliver(self, alert: Alert) -> None:
        """Post it once.

        Raises:
            Undelivered: where no answer came, or another than 2xx.
        """
        import aiohttp

        if self._session is None:
            raise RuntimeError("used outside its `async with`")
        body = orjson.dumps({"text": alert.line}) if self._as_text else alert.value
        try:
            async with self._session.post(
                self._url, data=body, headers=self.headers(alert, body), allow_redirects=False
            ) as response:
                status = response.status
                after = response.headers.get("Retry-After", "")
        except TimeoutError:
            raise Undelivered(f"The webhook took longer than {self._seconds:g} seconds.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Undelivered(f"The webhook does not answer ({type(error).__name__}).") from None
        if not 200 <= status < 300:
            again = status in AGAIN or status >= 500
            seconds = float(after[:9]) if after.isascii() and after.isdigit() else 0.0
            raise Undelivered(
                f"The webhook answers with status {status}.", again=again, after=seconds
            )

    def headers(self, alert: Alert, body: bytes) -> dict[str, str]:
        """Headers of a post: what it is, and that it is ours."""
        moment = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"frenemy/{__version__}",
            "webhook-id": alert.id,
            "webhook-timestamp": moment,
            "x-frenemy-type": alert.kind,
        }
        if self._secret:
            signed = f"{alert.id}.{moment}.".encode() + body
            mark = base64.b64encode(hmac.digest(self._secret, signed, hashlib.sha256)).decode()
            headers["webhook-signature"] = f"v1,{mark}"
        return headers


def secret_of(text: str) -> bytes:
    """The bytes of a secret as it stands in a file: `whsec_` and base64, or the text itself."""
    text = text.strip()
    if text.startswith("whsec_"):
        return base64.b64decode(text.removeprefix("whsec_"), validate=True)
    return text.encode()
