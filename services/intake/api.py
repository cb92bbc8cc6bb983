"""Intake over HTTP: the record, for those who handle it and for its customer."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from services.intake.domain.files import HEAD, most_bytes
from services.intake.usecases import addresses, attachments, reads, refer
from services.intake.usecases import recurrences as proposed
from services.intake.usecases.attach import Ask, Upload, attach, may_attach
from shared.room.audit import trail
from shared.room.reading import readers
from shared.room.room import Actor, Room
from shared.web.auth import Person, actor
from shared.web.body import json_object
from shared.web.commands import idempotency_key
from shared.web.edge import room_named
from shared.web.errors import unauthenticated
from shared.web.upload import AROUND, receive

router = APIRouter(prefix="/api/v1/parts/intake", tags=["parts"])
recurrent = APIRouter(prefix="/api/v1/recurrences", tags=["reads"])

referred = APIRouter(prefix="/api/v1/referrals", tags=["reads"])

channels = APIRouter(prefix="/api/v1/channels", tags=["reads"])

filed = APIRouter(prefix=attachments.PATH, tags=["attachments"])

STREAMED = {attachments.PATH: most_bytes("recording") + AROUND}
"""The one route whose body may be larger than the others', and by how much."""

UPLOAD_SECONDS = 600
"""For the largest file over a poor telephone line."""

Intake = Annotated[Room, Depends(room_named("intake"))]


@router.get("/complaints/{complaint_id}", summary="投诉记录")
async def part(request: Request, complaint_id: UUID, room: Intake) -> dict[str, Any]:
    """客户以查询码只能看到自己的投诉。"""
    viewer = await actor(request, room)
    if viewer is None:
        raise unauthenticated()
    audit: list[dict[str, Any]] = []
    if viewer.kind == "person":  # before the read itself is on record
        acts, reads_ = await trail(room, complaint_id), await readers(room, complaint_id)
        audit = sorted([*acts, *reads_], key=lambda one: one["at"])
    return {"record": await reads.record(room, viewer, complaint_id), "audit": audit}


@recurrent.get("", summary="共性问题提示")
async def recurrences(
    viewer: Person, room: Intake, state: Annotated[str, Query(max_length=20)] = "open"
) -> dict[str, Any]:
    """同类投诉达到制度门槛的提示，附所依据的投诉；集团岗位与本项目客服专员可见。采纳以 complaint.classify 定级。"""
    return {"items": await proposed.recurrences(room, Actor("person", person=viewer), state)}


_DISMISS_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": proposed.DismissData.model_json_schema()}},
    }
}


@recurrent.post("/{recurrence_id}/dismiss", summary="不采纳共性问题提示", openapi_extra=_DISMISS_BODY)
async def dismiss(request: Request, recurrence_id: UUID, viewer: Person, room: Intake) -> dict[str, Any]:
    """仅集团售后服务中心副总经理、总经理，须写明理由 reason。"""
    return await proposed.dismiss(room, Actor("person", person=viewer), recurrence_id, await json_object(request))


@referred.get("", summary="转物业公司的客户反映")
async def referrals(
    viewer: Person,
    room: Intake,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """项目售后服务中心停止受理后客户反映的问题，由物业公司负责人处理，新的在前。"""
    return await refer.referrals(room, Actor("person", person=viewer), cursor=cursor, limit=limit)


@channels.get("", summary="投诉渠道登记")
async def registered_addresses(
    viewer: Person,
    room: Intake,
    project: Annotated[str | None, Query(max_length=200)] = None,
    ended: bool = False,
) -> dict[str, Any]:
    """各项目公布的投诉热线、信箱和业主论坛，由谁、何时核对；超过制度期限未核对的标为 overdue。集团岗位可见全部。"""
    return await addresses.addresses(room, Actor("person", person=viewer), project, ended=ended)


@router.get("/earlier", summary="同一房号或电话的以往投诉")
async def earlier(
    viewer: Person,
    room: Intake,
    project: Annotated[str, Query(max_length=200)],
    room_no: Annotated[str | None, Query(max_length=200)] = None,
    phone: Annotated[str | None, Query(max_length=50)] = None,
) -> dict[str, Any]:
    found = await reads.earlier(room, Actor("person", person=viewer), project, room_no, phone)
    return {"items": found}


_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    },
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 200},
            "description": "同一键再次上传同一文件，得到同一回答，不会重复保存",
        }
    ],
}


@filed.post("", summary="上传附件", status_code=201, openapi_extra=_FILE_BODY)
async def upload(
    request: Request,
    room: Intake,
    kind: Annotated[str, Query(max_length=50)],
    complaint: UUID | None = None,
    phase: Annotated[str | None, Query(max_length=50)] = None,
    name: Annotated[str | None, Query(max_length=500)] = None,
) -> dict[str, Any]:
    """文件即请求内容，或为 multipart/form-data 中的一个文件。登记前上传的不写 complaint，登记时列入 attachments。"""
    viewer = await _viewer(request, room)
    own = viewer.complaint_id if viewer.kind == "customer" else None
    ask = Ask(complaint or own, kind, phase, name, idempotency_key(request))
    await may_attach(room, viewer, ask)
    with TemporaryDirectory(prefix="ccrm-") as folder:
        async with asyncio.timeout(UPLOAD_SECONDS):
            came = await receive(request, Path(folder), most_bytes(kind), head=HEAD)
        named = Ask(ask.complaint_id, kind, phase, name or came.name, ask.key)
        return await attach(room, viewer, named, Upload(came.path, came.head, came.size, came.sha256))


@filed.get("", summary="一件投诉的附件")
async def listed(request: Request, room: Intake, complaint: UUID) -> dict[str, Any]:
    """办理本案的人员看到全部；客户看到自己上传的。expected 为制度要求的资料是否齐全，仅供提示。"""
    return await attachments.listed(room, await _viewer(request, room), complaint)


@filed.get("/signatures/{complaint_id}", summary="客户签字图片", response_class=Response)
async def signature(request: Request, room: Intake, complaint_id: UUID) -> Response:
    image = await attachments.signature_image(room, await _viewer(request, room), complaint_id)
    return Response(image, media_type="image/png", headers={"Content-Security-Policy": _SANDBOX})


@filed.get("/{attachment_id}", summary="附件", response_class=Response)
async def attachment(request: Request, room: Intake, attachment_id: UUID) -> Response:
    """图片在页面中显示，其他文件只供下载。"""
    return _sent(await attachments.opened(room, await _viewer(request, room), attachment_id))


@filed.get("/{attachment_id}/thumbnail", summary="附件缩略图", response_class=Response)
async def thumbnail(request: Request, room: Intake, attachment_id: UUID) -> Response:
    return _sent(await attachments.opened(room, await _viewer(request, room), attachment_id, thumbnail=True))


_SANDBOX = "default-src 'none'; sandbox"


def _sent(content: attachments.Content) -> Response:
    shown = "inline" if content.media_type.startswith("image/") else "attachment"
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(content.name, safe='')}",
        "Content-Security-Policy": _SANDBOX,
    }
    if content.size is not None:
        headers["Content-Length"] = str(content.size)
    return StreamingResponse(content.pieces, media_type=content.media_type, headers=headers)


async def _viewer(request: Request, room: Room) -> Actor:
    viewer = await actor(request, room)
    if viewer is None:
        raise unauthenticated()
    return viewer
