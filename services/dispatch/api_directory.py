"""The directory as a file over HTTP: compared first, then taken as it was looked at."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.dispatch.usecases.directory_file import MOST_BYTES, give_out, preview, take
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Actor, Room
from shared.web.auth import Person
from shared.web.body import json_object
from shared.web.commands import idempotency_key
from shared.web.edge import TheEdge, room_named
from shared.web.listing import XLSX

router = APIRouter(prefix="/api/v1/directory", tags=["directory"])

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
MOST_BODY = MOST_BYTES * 3 // 2
STREAMED = {"/api/v1/directory/preview": MOST_BODY, "/api/v1/directory/import": MOST_BODY,
            "/admin/directory/import": MOST_BODY}  # fmt: skip
"""What may be posted there, in bytes: a file, and a file in base64."""


class DirectoryFile(BaseModel):
    """`content` is the .xlsx or .yaml file in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    content: str = Field(min_length=1, max_length=MOST_BODY)

    def data(self) -> bytes:
        try:
            return base64.b64decode(self.content, validate=True)
        except ValueError:  # no base64, or not even ASCII
            raise Refused(Code.field_invalid, "content: 应为文件内容的 base64", field="content") from None


class ComparedFile(DirectoryFile):
    """`base` is the version with which it was compared."""

    base: int = Field(ge=0, le=2**31 - 1)


def _body(model: type[BaseModel]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


@router.post("/preview", summary="组织机构导入预览", openapi_extra=_body(DirectoryFile))
async def compare(request: Request, viewer: Person, room: Dispatch) -> dict[str, Any]:
    """逐行列出文件的错误，或与现行组织机构的差异；什么也不改变。限集团售后服务中心副总经理、总经理。"""
    given = parse(DirectoryFile, await json_object(request))
    found = await preview(room, Actor("person", person=viewer), given.name, given.data())
    return {
        "base": found.base,
        "problems": list(found.problems),
        "changes": [
            {
                "kind": one.kind,
                "act": one.act,
                "before": dict(one.before) or None,
                "after": dict(one.after) or None,
                "fields": list(one.fields),
                "rewrites": one.rewrites,
            }
            for one in found.changes
        ],
    }


@router.post("/import", summary="导入组织机构", openapi_extra=_body(ComparedFile))
async def import_file(request: Request, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, int]:
    """base 为预览时的版本；其后组织机构已有变化则拒绝 (409)。有任何错误则什么也不导入。"""
    given = parse(ComparedFile, await json_object(request))
    who, key = Actor("person", person=viewer), idempotency_key(request)
    answer = await take(room, who, given.name, given.data(), given.base, key=key)
    await edge.settle()
    return answer


@router.get("/export", summary="导出组织机构 (Excel)", response_class=Response)
async def export_file(viewer: Person, room: Dispatch) -> Response:
    """导出的文件可原样再导入。限集团售后服务中心副总经理、总经理。"""
    content = await give_out(room, Actor("person", person=viewer))
    named = {"Content-Disposition": 'attachment; filename="directory.xlsx"'}
    return Response(content, media_type=XLSX, headers=named)
