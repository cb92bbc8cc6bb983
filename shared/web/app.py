"""Makes the ASGI application of one room, or of several in one process."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from shared.room.room import Room
from shared.web import commands, docs, errors, health
from shared.web.edge import Edge
from shared.web.outermost import Outermost
from shared.web.pages import STATIC

TITLE = "CCRM 客户投诉处理信息系统"


class _Static(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


def rooms_app(rooms: Sequence[Room], edge: Edge) -> FastAPI:
    """The rooms' commands, reads and pages, with everything that is the same for all of them."""
    title = TITLE if len(rooms) > 1 else f"{TITLE} · {rooms[0].name}"
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(Outermost)],
        # Its log records would hold what a client sent, passwords included.
        telemetry={"logs": False},
    )
    app.state.edge = edge
    app.state.rooms = {room.name: room for room in rooms}
    app.state.openapi = cache(
        lambda: json.dumps(docs.describe(app, list(rooms), title, version("ccrm")), ensure_ascii=False)
    )
    errors.install(app)
    for room in rooms:
        app.include_router(commands.routes(room))
    app.include_router(commands.unknown())
    for room in rooms:
        for router in room.routers:
            app.include_router(router)
    app.include_router(health.router)
    app.include_router(docs.routes(title))
    app.mount("/static", _Static(directory=str(STATIC)))
    return app
