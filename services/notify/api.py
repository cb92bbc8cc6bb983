"""What was sent, over HTTP."""

import hmac
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from services.notify.gateways.port import Reporting
from services.notify.usecases import reads
from services.notify.usecases.receipts import reporting, take_reports
from services.notify.usecases.send import delivery_of
from shared.kernel.errors import Code, Refused
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


@router.post("/receipts/{gateway}/{token}", summary="短信网关推送的回执", tags=["receipts"])
async def receipts(gateway: str, token: str, request: Request, room: Notify) -> dict[str, object]:
    """Who knows the secret part of the address is the gateway. What it says twice, or of a message nobody sent, changes
    nothing and is thanked for: else it would call for ever.
    """
    wanted = delivery_of(room).receipt_token
    found = reporting(room, gateway)
    if wanted is None or not hmac.compare_digest(wanted.encode(), token.encode()) or not isinstance(found, Reporting):
        raise Refused(Code.not_found, "没有这个地址")
    try:
        reports = found.reports(await request.body())
    except (ValueError, RecursionError):
        raise Refused(Code.field_invalid, "回执内容无法识别", field="body") from None
    await take_reports(room, found, reports)
    return found.thanks()
