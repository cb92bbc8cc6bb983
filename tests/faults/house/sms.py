"""A provider of SMS that misbehaves on demand. It sends once what comes twice under the same id, as it promises."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web


class Mood(StrEnum):
    well = "well"
    error = "error"
    """500, and nothing was taken."""
    busy = "busy"
    """429 with a pause."""
    slow = "slow"
    """Takes it, and answers long after anybody waits."""
    mute = "mute"
    """Takes it, and drops the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Taken:
    id: str
    phone: str
    template: str
    text: str


@dataclass
class SmsGateway:
    """`calls` counts what came in each mood; `taken` is what went out to phones."""

    mood: Mood = Mood.well
    url: str = ""
    taken: dict[str, Taken] = field(default_factory=dict)
    repeated: Counter[str] = field(default_factory=Counter)
    calls: Counter[Mood] = field(default_factory=Counter)
    _runner: web.AppRunner | None = None

    async def start(self) -> "SmsGateway":
        app = web.Application()
        app.router.add_post("/send", self._send)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/send"
        return self

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _send(self, request: web.Request) -> web.StreamResponse:
        body, mood = await request.json(), self.mood
        self.calls[mood] += 1
        if mood is Mood.error:
            return web.json_response({"code": 9}, status=500)
        if mood is Mood.busy:
            return web.json_response({"code": 8}, status=429, headers={"Retry-After": "1"})
        if body["id"] in self.taken:
            self.repeated[body["id"]] += 1
        else:
            self.taken[body["id"]] = Taken(body["id"], body["phone"], body["template"], body["text"])
        if mood is Mood.slow:
            await asyncio.sleep(3)
        if mood is Mood.mute:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"code": 0, "id": body["id"]})
