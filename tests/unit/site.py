"""A web server on loopback for tests: it is told what to answer, and tells what it was asked."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], web.Response]


@dataclass
class Site:
    """A host with pages. A path without answer is 404; `asked` are the requests in order."""

    address: str = ""
    answers: dict[str, list[web.Response | Answer | str]] = field(default_factory=dict)
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    never: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def paths(self) -> list[str]:
        """Paths asked for, without robots.txt."""
        return [request.path for request in self.asked if request.path != "/robots.txt"]

    def url(self, path: str) -> str:
        """The URL of a path."""
        return self.address + path

    def on(self, path: str, *answers: web.Response | Answer | str) -> str:
        """Answer a path with these, the last one again and again; returns its URL."""
        self.answers[path] = list(answers)
        return self.url(path)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.asked.append(request)
        self.bodies.append(await request.read())
        answers = self.answers.get(request.path)
        if not answers:
            return web.Response(status=404)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer == "never":
            await self.never.wait()
            return web.Response()
        if answer == "break":
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="text/html")
        if isinstance(answer, web.Response):
            body = answer.body
            return web.Response(
                status=answer.status,
                body=body if isinstance(body, bytes) else None,
                headers=answer.headers,
            )
        return answer(request)
