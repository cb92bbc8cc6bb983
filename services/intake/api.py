"""Intake over HTTP: the record, for those who handle it and for its customer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.intake.usecases import reads, refer
from services.intake.usecases import recurrences as proposed
from shared.room.audit import trail
from shared.room.room import Actor, Room
from shared.web.auth import Person, actor
from shared.web.body import json_object
from shared.web.edge import room_named
from shared.web.errors import unauthenticated

router = APIRouter(prefix="/api/v1/parts/intake", tags=["parts"])
recurrent = APIRouter(prefix="/api/v1/recurrences", tags=["reads"])

referred = APIRouter(prefix="/api/v1/referrals", tags=["reads"])

Intake = Annotated[Room, Depends(room_named("intake"))]


@router.get("/complaints/{complaint_id}", summary="投诉记录")
async def part(request: Request, complaint_id: UUID, room: Intake) -> dict[str, Any]:
    """客户以查询码只能看到自己的投诉。"""
    viewer = await actor(request, room)
    if viewer is None:
        raise unauthenticated()
    record = await reads.record(room, viewer, complaint_id)
    return {"record": record, "audit": await trail(room, complaint_id) if viewer.kind == "person" else []}


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
