"""/livez says that the process answers, /readyz that it can do its work.

Without its database a room can do nothing: 503. Without the broker it takes commands and keeps its events until the
broker is back, and capture must go on: 200, `degraded`.
"""

import asyncio

import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse

from shared.kernel.tls import why
from shared.web.edge import TheEdge

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

_SECONDS = 2.0


@router.get("/livez")
async def livez() -> JSONResponse:
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def readyz(edge: TheEdge) -> JSONResponse:
    names = list(edge.checks)
    results = await asyncio.gather(*(_holds(name, edge) for name in names))
    failed = {name for name, good in zip(names, results, strict=True) if not good}
    ready = failed <= edge.optional
    return JSONResponse(
        {
            "status": "not_ready" if not ready else "degraded" if failed else "ready",
            "checks": {name: "failed" if name in failed else "ok" for name in names},
        },
        200 if ready else 503,
    )


async def _holds(name: str, edge: TheEdge) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return await edge.checks[name]()
    except Exception as error:
        log.warning("http.not_ready", check=name, error=why(error) or type(error).__name__)
        return False
