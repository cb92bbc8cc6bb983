"""Makes the ASGI application of one room, or of several in one process."""

import json
import mimetypes
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.room.room import Room
from shared.web import case_without, commands, docs, errors, health, measures
from shared.web.edge import Edge
from shared.web.outermost import Outermost
from shared.web.pages import STATIC

TITLE = "CCRM 客户投诉处理信息系统"


class _Static(StaticFiles):
    """What the set-up built lies under the hash of its contents, with a gzipped copy beside it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        kind = mimetypes.guess_type(path)[0]
        packed = "gzip" in Headers(scope=scope).get("accept-encoding", "") and path.endswith((".js", ".css"))
        if packed and (STATIC / f"{path}.gz").is_file():
            response = await super().get_response(f"{path}.gz", scope)
            response.headers["Content-Encoding"] = "gzip"
            response.headers["Content-Type"] = f"{kind}; charset=utf-8"
        else:
            response = await super().get_response(path, scope)
        built = path.startswith("built/")
        response.headers["Cache-Control"] = f"public, max-age={31536000 if built else 3600}{', immutable' * built}"
        response.headers["Vary"] = "Accept-Encoding"
        return response


def rooms_app(rooms: Sequence[Room], edge: Edge, *, described: Callable[[], Sequence[Room]] | None = None) -> FastAPI:
    """The rooms' commands, reads and pages, with everything that is the same for all of them.

    `described`: the rooms that the description of the interface tells of, where others serve some of them.
    """
    title = TITLE if len(rooms) > 1 else f"{TITLE} · {rooms[0].name}"
    streamed: dict[str, int] = {path: most for room in rooms for path, most in room.extra.get("streamed", {}).items()}
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[
            Middleware(Outermost, streamed=streamed),
            Middleware(GZipMiddleware, minimum_size=2000, compresslevel=5),
        ],
        # Its log records would hold what a client sent, passwords included.
        telemetry={"logs": False},
    )
    app.state.edge = edge
    app.state.rooms = {room.name: room for room in rooms}
    app.state.openapi = cache(
        (lambda: rooms_app(described(), edge).state.openapi())
        if described
        else lambda: json.dumps(docs.describe(app, list(rooms), title, version("ccrm")), ensure_ascii=False)
    )
    errors.install(app)
    for room in rooms:
        app.include_router(commands.routes(room))
    app.include_router(commands.unknown())
    for room in rooms:
        for router in room.routers:
            app.include_router(router)
    if "dispatch" not in app.state.rooms:
        app.include_router(case_without.router)
    app.include_router(health.router)
    app.include_router(measures.routes())
    app.include_router(docs.routes(title))
    app.mount("/static", _Static(directory=str(STATIC)))
    return app
