"""Intake over HTTP: the record, for those who handle it and for its customer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.intake.usecases import reads
from shared.room.audit import trail
from shared.room.room import Actor, Room
from shared.web.auth import Person, actor
from shared.web.edge import room_named
from shared.web.errors import unauthenticated

router = APIRouter(prefix="/api/v1/parts/intake", tags=["parts"])

Intake = Annotated[Room, Depends(room_named("intake"))]


@router.get("/complaints/{complaint_id}", summary="投诉记录")
async def part(request: Request, complaint_id: UUID, room: Intake) -> dict[str, Any]:
    """客户以查询码只能看到自己的投诉。"""
    viewer = await actor(request, room)
    if viewer is None:
        raise unauthenticated()
    record = await reads.record(room, viewer, complaint_id)
    return {"record": record, "audit": await trail(room, complaint_id) if viewer.kind == "person" else []}


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
