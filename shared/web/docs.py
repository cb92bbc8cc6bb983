"""The API described: /openapi.json, and /docs with Swagger UI from an installed package; no foreign host is asked."""

import json
from importlib.metadata import version as package_version
from importlib.resources import files

import yaml
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import FileResponse, HTMLResponse, Response

from shared.events import asyncapi
from shared.room.room import Room
from shared.web.commands import PREFIX, request_schema
from shared.web.edge import edge_of
from shared.web.outermost import DOCS_POLICY

# Only its static files are used: the package wraps what FastAPI loads from a CDN.
_SWAGGER = files("fastapi_offline") / "static"
_FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
_CACHED = {"Cache-Control": "public, max-age=86400"}

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""

# validatorUrl: the default would send the description to a public validator.
_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "list",
  defaultModelsExpandDepth: -1, persistAuthorization: false, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout"
});
"""


def routes(title: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs() -> Response:
        return HTMLResponse(_PAGE.format(title=title), headers={"Content-Security-Policy": DOCS_POLICY})

    @router.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START, media_type="text/javascript", headers=_CACHED)

    @router.get("/docs/{name}")
    async def asset(name: str) -> Response:
        if name not in _FILES:
            return Response(status_code=404)
        return FileResponse(str(_SWAGGER / name), media_type=_FILES[name], headers=_CACHED)

    @router.get("/openapi.json")
    async def description(request: Request) -> Response:
        return Response(request.app.state.openapi(), media_type="application/json")

    @router.get("/asyncapi.json")
    async def contract(request: Request) -> Response:
        return Response(_contract(request, title)[0], media_type="application/json")

    @router.get("/asyncapi.yaml")
    async def contract_as_yaml(request: Request) -> Response:
        return Response(_contract(request, title)[1], media_type="application/yaml")

    return router


def _contract(request: Request, title: str) -> tuple[str, str]:
    """The events of all rooms as JSON and YAML. A process that serves one room was told what the others listen to.

    Made once: it takes a second, and anybody may ask.
    """
    state = request.app.state
    if not hasattr(state, "asyncapi"):
        rooms: dict[str, Room] = state.rooms
        hears = edge_of(request).hears or {name: set(room.consumers) for name, room in rooms.items()}
        made = asyncapi.describe(hears, title, package_version("ccrm"))
        as_yaml = yaml.safe_dump(made, allow_unicode=True, sort_keys=False)
        state.asyncapi = json.dumps(made, ensure_ascii=False), as_yaml
    found: tuple[str, str] = state.asyncapi
    return found


def describe(app: FastAPI, rooms: list[Room], title: str, version: str) -> dict[str, object]:
    """FastAPI's own description, with what it cannot see: the commands' data, the tokens, the one form of error."""
    made = get_openapi(title=title, version=version, routes=app.routes, description=_ABOUT)
    components = made.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for room in rooms:
        for name, handler in room.commands.items():
            for key, schema in request_schema(name, handler)["definitions"].items():
                schemas.setdefault(key, schema)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "tracking": {"type": "apiKey", "in": "header", "name": "X-Tracking-Token"},
    }
    error = {
        "description": "被拒绝或失败",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path, methods in made["paths"].items():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = error
            if path != "/api/v1/login":
                operation["security"] = [{"bearer": []}]
                if path.startswith((f"{PREFIX}/complaint.", "/api/v1/parts/intake", "/api/v1/attachments")):
                    operation["security"].append({"tracking": []})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return made


_ABOUT = (
    "客户投诉处理信息系统的接口。先以 POST /api/v1/login 取得凭证，再以 Authorization: Bearer 提交。"
    "每个命令一个地址，请求为 {complaint, with}；拒绝一律为 application/problem+json，code 为稳定代码。"
)

_PROBLEM: dict[str, object] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["state.not_allowed", "field.missing", "not_found"]},
        "field": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
