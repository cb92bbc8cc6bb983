"""The ledger over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.sla.usecases import reads
from shared.room.audit import trail
from shared.room.room import Actor, Room
from shared.web.auth import Person
from shared.web.edge import room_named

router = APIRouter(prefix="/api/v1")

Sla = Annotated[Room, Depends(room_named("sla"))]


@router.get("/parts/sla/complaints/{complaint_id}", summary="时限、扣罚与处分建议", tags=["parts"])
async def part(complaint_id: UUID, viewer: Person, room: Sla) -> dict[str, Any]:
    found = await reads.ledger(room, Actor("person", person=viewer), complaint_id)
    return {**found, "audit": await trail(room, complaint_id)}


@router.get("/penalties", summary="扣罚", tags=["reads"])
async def penalties(
    viewer: Person,
    room: Sla,
    person: Annotated[str | None, Query(max_length=200)] = None,
    complaint: UUID | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """本人的扣罚；集团岗位可见全部。每条附条款与算式。"""
    who = Actor("person", person=viewer)
    return await reads.penalties(room, who, person=person, complaint_id=complaint, cursor=cursor, limit=limit)
