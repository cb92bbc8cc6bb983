"""/metrics, for Prometheus: numbers only, gathered at most once in a few seconds whoever asks."""

import asyncio
import secrets
from time import monotonic

import structlog
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from shared.obs import metrics
from shared.room.gauges import measure
from shared.room.room import Room
from shared.web.edge import Edge, TheEdge

log = structlog.get_logger(__name__)

KEPT_SECONDS = 5.0
_PATIENCE = 2.0
_FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded")


class Gathering:
    """The gauges of one process."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._until = 0.0

    async def gather(self, rooms: list[Room], edge: Edge) -> None:
        async with self._lock:
            if monotonic() < self._until:
                return
            works = [measure(room) for room in rooms] + [each() for each in edge.measures]
            for done in await asyncio.gather(*(asyncio.wait_for(w, _PATIENCE) for w in works), return_exceptions=True):
                if isinstance(done, BaseException):
                    log.warning("metrics.not_measured", error=type(done).__name__)
            self._until = monotonic() + KEPT_SECONDS


def routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    gathering = Gathering()

    @router.get("/metrics")
    async def exposition(request: Request, edge: TheEdge) -> Response:
        if not _may(request, edge.metrics_token):
            return Response(status_code=404)
        await gathering.gather(list(request.app.state.rooms.values()), edge)
        return Response(await run_in_threadpool(metrics.exposition), media_type=metrics.CONTENT_TYPE)

    return router


def _may(request: Request, token: str | None) -> bool:
    """With a token set, who shows it; else who asks the process itself and not through a gateway."""
    if token is None:
        return not any(name in request.headers for name in _FORWARDED)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), token.encode())
