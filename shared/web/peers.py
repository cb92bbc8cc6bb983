"""Asks the other rooms for their part of a case. A room that is away costs a second at most, and its part."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import structlog

from shared.kernel.tls import why

log = structlog.get_logger(__name__)

IN_PROCESS = "in-process"
"""The client address of a question that one room puts to another in the same process."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a room said: its answer, or the status it refused with. `status` 0: it said nothing in time."""

    room: str
    status: int
    body: dict[str, Any]

    @property
    def given(self) -> bool:
        return self.status == 200


class Peers:
    """`clients` by room; each has its room's address as base URL."""

    def __init__(self, clients: Mapping[str, httpx.AsyncClient], *, timeout: float = 1.0) -> None:
        self._clients = clients
        self._timeout = timeout

    async def parts(self, complaint_id: UUID, bearer: str) -> dict[str, Part]:
        found = await asyncio.gather(*(self._part(room, complaint_id, bearer) for room in self._clients))
        return {part.room: part for part in found}

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients.values()), return_exceptions=True)

    async def _part(self, room: str, complaint_id: UUID, bearer: str) -> Part:
        path = f"/api/v1/parts/{room}/complaints/{complaint_id}"
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._clients[room].get(path, headers={"Authorization": f"Bearer {bearer}"})
                body = response.json()
        except Exception as error:
            log.warning("web.peer_away", peer=room, error=why(error) or type(error).__name__)
            return Part(room, 0, {})
        return Part(room, response.status_code, body if isinstance(body, dict) else {})


def http_peers(addresses: Mapping[str, str], tls: ssl.SSLContext | None = None) -> Peers:
    return Peers(
        {room: httpx.AsyncClient(base_url=url, verify=tls or True, timeout=1.0) for room, url in addresses.items()}
    )


def local_peers(app: Any, rooms: list[str]) -> Peers:
    """The same questions within one process, through the same routes."""
    # Waits longer than over a network: nobody else can answer, and a slow disc is not an outage.
    transport = httpx.ASGITransport(app, client=(IN_PROCESS, 0))
    return Peers(
        {room: httpx.AsyncClient(transport=transport, base_url="http://localhost") for room in rooms}, timeout=5.0
    )
