"""What was sent, over HTTP."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.notify.usecases import reads
from shared.room.room import Actor, Room
from shared.web.auth import Person
from shared.web.edge import room_named

router = APIRouter(prefix="/api/v1")

Notify = Annotated[Room, Depends(room_named("notify"))]
PER_CASE = 200


@router.get("/parts/notify/complaints/{complaint_id}", summary="就本案发出的消息", tags=["parts"])
async def part(complaint_id: UUID, viewer: Person, room: Notify) -> dict[str, Any]:
    who = Actor("person", person=viewer)
    found = await reads.messages(
        room, who, complaint_id=complaint_id, to=None, template=None, day=None, cursor=None, limit=PER_CASE
    )
    return {"messages": found["messages"]}


@router.get("/messages", summary="消息", tags=["reads"])
async def messages(
    viewer: Person,
    room: Notify,
    complaint: UUID | None = None,
    to: Annotated[str | None, Query(max_length=200)] = None,
    template: Annotated[str | None, Query(max_length=100)] = None,
    day: date | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    who = Actor("person", person=viewer)
    found = await reads.messages(
        room, who, complaint_id=complaint, to=to, template=template, day=day, cursor=cursor, limit=limit
    )
    return {"items": found["messages"], "next_cursor": found["next"]}
