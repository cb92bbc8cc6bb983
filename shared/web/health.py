"""/livez says that the process answers, /readyz that it can do its work."""

import asyncio

import structlog
from fastapi import APIRouter
from starlette.responses import JSONResponse

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
    ready = all(results)
    return JSONResponse(
        {
            "status": "ready" if ready else "not_ready",
            "checks": {name: "ok" if good else "failed" for name, good in zip(names, results, strict=True)},
        },
        200 if ready else 503,
    )


async def _holds(name: str, edge: TheEdge) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return await edge.checks[name]()
    except Exception as error:
        log.warning("http.not_ready", check=name, error=type(error).__name__)
        return False
