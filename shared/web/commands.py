"""One route a command: the HTTP form of the command contract."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.room.commands import execute
from shared.room.room import Actor, Command, CommandHandler, Room
from shared.web.auth import actor
from shared.web.body import json_object
from shared.web.edge import Edge, Knows, edge_of
from shared.web.errors import unauthenticated

PREFIX = "/api/v1/commands"
REGISTER = "complaint.register"
OPEN_CHANNELS = frozenset({"web", "app"})
"""By these a customer may register without having been here before."""

_POLL = 0.05
_VERSION = re.compile(r'(?:W/)?"(?P<quoted>[0-9]{1,9})"|(?P<plain>[0-9]{1,9})')


def routes(room: Room) -> APIRouter:
    """POST /api/v1/commands/{name} for each command of the room."""
    router = APIRouter(prefix=PREFIX, tags=["commands"])
    names = step_names(room)
    for name, handler in sorted(room.commands.items()):
        router.add_api_route(
            f"/{name}",
            _endpoint(room, name),
            methods=["POST"],
            status_code=201 if name == REGISTER else 200,
            name=name,
            operation_id=name,
            summary=f"{names.get(name, name)} ({name})",
            openapi_extra={"requestBody": _body(name, handler), "parameters": _PARAMETERS},
        )
    return router


def unknown() -> APIRouter:
    """After all rooms' commands: what is none of them."""
    router = APIRouter(prefix=PREFIX)

    @router.post("/{name:path}", include_in_schema=False)
    async def no_such_command(name: str) -> Response:
        raise Refused(Code.not_found, f"没有名为 {name[:100]} 的操作")

    return router


def step_names(room: Room) -> dict[str, str]:
    """The commands' names on screen, as the policies have them; the room's own where no policy names them."""
    own: dict[str, str] = room.extra.get("command_names", {})
    return own | {step.command: step.name for policy in reversed(room.policies.all()) for step in policy.step}


def _endpoint(room: Room, name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        edge = edge_of(request)
        who = await actor(request, room)
        body = await json_object(request)
        complaint_id, data = _contents(body)
        if who is None:
            if name != REGISTER or data.get("channel") not in OPEN_CHANNELS:
                raise unauthenticated()
            who = Actor("customer")
        key, version = idempotency_key(request), _expected_version(request)
        if complaint_id is not None:
            await _arrived(edge, room, complaint_id)
        command = Command(name, who, complaint_id, data, version)
        answer = await execute(room, command, idempotency_key=key)
        await edge.settle()
        status = 201 if name == REGISTER else 200
        return JSONResponse(answer, status, _tag(answer))

    return endpoint


def _contents(body: dict[str, Any]) -> tuple[UUID | None, dict[str, Any]]:
    for name in body.keys() - {"complaint", "with"}:
        raise Refused(Code.field_invalid, "请求只含 complaint 与 with 两项", field=name[:200])
    data = body.get("with", {})
    if not isinstance(data, dict):
        raise Refused(Code.field_invalid, "with 应为对象", field="with")
    given = body.get("complaint")
    if given is None:
        return None, data
    try:
        # Only the usual form: UUID() would take braces and an urn: prefix as well.
        if not isinstance(given, str) or len(given) != 36:
            raise ValueError
        return UUID(given), data
    except ValueError:
        raise Refused(Code.field_invalid, "complaint 应为投诉的 UUID", field="complaint") from None


def idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        raise Refused(Code.field_invalid, "Idempotency-Key 应为 1 至 200 个可打印字符", field="Idempotency-Key")
    return key


def _expected_version(request: Request) -> int | None:
    tag = request.headers.get("if-match", "*").strip()
    if tag == "*":
        return None
    found = _VERSION.fullmatch(tag)
    if found is None:
        raise Refused(Code.field_invalid, 'If-Match 应为版本号，例如 "3"', field="If-Match")
    return int(found["quoted"] or found["plain"])


async def _arrived(edge: Edge, room: Room, complaint_id: UUID) -> None:
    """A case registered a moment ago may still be on its way here. Whether it has come or not, the command decides."""
    knows: Knows | None = room.extra.get("knows")
    waits = int(edge.patience.total_seconds() / _POLL)
    while knows is not None and waits > 0 and not await knows(room, complaint_id):
        waits -= 1
        await asyncio.sleep(_POLL)


def _tag(answer: dict[str, Any]) -> dict[str, str]:
    version = answer.get("version")
    return {"ETag": f'"{version}"'} if isinstance(version, int) else {}


# ---- how it reads in OpenAPI

_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": 200},
        "description": "同一键的重复请求得到同一回答；内容不同则拒绝 (422)",
    },
    {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": '案件版本，例如 "3"；已有变化则拒绝 (412)',
    },
]


def request_schema(name: str, handler: CommandHandler) -> dict[str, Any]:
    """The schema of a command's body, with the data's own where the handler reads one model."""
    data: dict[str, Any] = {"type": "object"}
    definitions: dict[str, Any] = {}
    model = data_model(handler)
    if model is not None:
        data = model.model_json_schema(ref_template="#/components/schemas/{model}")
        definitions = data.pop("$defs", {})
        data.pop("description", None)
    complaint = {"type": "string", "format": "uuid", "description": "投诉的 id"}
    schema = {
        "title": "".join(part.capitalize() for part in name.replace("_", ".").split(".")) + "Request",
        "type": "object",
        "properties": {"with": data} if name == REGISTER else {"complaint": complaint, "with": data},
        "additionalProperties": False,
    }
    return {"schema": schema, "definitions": definitions}


def data_model(handler: CommandHandler) -> type[CommandData] | None:
    """The model a handler reads its data with: the one it names."""
    names: Iterable[str] = getattr(getattr(handler, "__code__", None), "co_names", ())
    scope: dict[str, Any] = getattr(handler, "__globals__", {})
    found = {
        scope[name] for name in names if isinstance(scope.get(name), type) and issubclass(scope[name], CommandData)
    }
    return found.pop() if len(found) == 1 else None


def _body(name: str, handler: CommandHandler) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": request_schema(name, handler)["schema"]}}}
