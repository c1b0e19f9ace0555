"""The HTTP side of a worker: /metrics, /healthz (alive), /readyz (assigned and making progress)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry

from streams.wire.exposition import Exposition


@dataclass(frozen=True, slots=True)
class Health:
    """What a worker says of itself. `why` is one line for a person."""

    ok: bool
    why: str


class HealthServer:
    """Serves metrics and health on one address."""

    def __init__(
        self,
        host: str,
        port: int,
        registry: CollectorRegistry,
        alive: Callable[[], Health],
        ready: Callable[[], Health],
        before_scrape: Callable[[], None] = lambda: None,
    ) -> None:
        self._host = host
        self._port = port
        self._exposition = Exposition(registry)
        self._alive = alive
        self._ready = ready
        self._before_scrape = before_scrape
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: where the address cannot be had.
        """
        application = web.Application()
        application.router.add_get("/metrics", self._metrics)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        self._runner = runner
        await web.TCPSite(runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await asyncio.wait_for(runner.cleanup(), timeout=5)

    async def _metrics(self, request: web.Request) -> web.Response:
        self._before_scrape()
        body, content_type = self._exposition.negotiate(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def _healthz(self, request: web.Request) -> web.Response:
        return _answer(self._alive())

    async def _readyz(self, request: web.Request) -> web.Response:
        return _answer(self._ready())


def _answer(health: Health) -> web.Response:
    return web.Response(text=health.why + "\n", status=200 if health.ok else 503)
