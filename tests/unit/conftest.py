"""A web server on loopback."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.unit.site import Site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A host that answers as the test says."""
    found = Site()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    found.address = f"http://{host}:{port}"
    yield found
    found.never.set()
    await runner.cleanup()
