"""The ledger over HTTP."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from services.sla.usecases import cross_case, load_calendar, reads, statements
from services.sla.usecases.export_statement import csv_lines, note_export, write_xlsx
from shared.room.audit import trail
from shared.room.commands import execute
from shared.room.room import Actor, Command, Room
from shared.web.auth import Person
from shared.web.body import json_object
from shared.web.commands import idempotency_key
from shared.web.edge import room_named

router = APIRouter(prefix="/api/v1")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

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


@router.get("/calendar", summary="工作日历", tags=["reads"])
async def calendar(
    viewer: Person,
    room: Sla,
    year: int,
    scope: Annotated[str, Query(max_length=100)] = "",
) -> dict[str, Any]:
    """一年中每一天是否工作日。scope 为制度或项目的 id，缺省为全部。"""
    return await load_calendar.calendar_year(room, year, scope)


@router.get("/calendar/status", summary="工作日历是否齐备", tags=["reads"])
async def calendar_status(viewer: Person, room: Sla) -> dict[str, Any]:
    """哪些年份已载入；缺少时附提示。"""
    return await load_calendar.calendar_status(room)


Whose = Annotated[str | None, Query(max_length=200)]


@router.get("/statements", summary="扣罚统计表", tags=["reads"])
async def statement_months(viewer: Person, room: Sla, person: Whose = None) -> dict[str, Any]:
    """已出的各月与合计。人力、财务及集团岗位可见全部，其他人只见本人。"""
    return await statements.months(room, Actor("person", person=viewer), person=person)


@router.get("/statements/{month}.csv", summary="扣罚统计表（CSV）", tags=["reads"], response_class=StreamingResponse)
async def statement_csv(month: str, viewer: Person, room: Sla, person: Whose = None) -> Response:
    who = Actor("person", person=viewer)
    await statements.statement(room, who, month, person=person, limit=1)
    await note_export(room, who, month, "csv")
    return StreamingResponse(
        csv_lines(room, who, month, person), media_type="text/csv; charset=utf-8", headers=_attached(f"{month}.csv")
    )


@router.get("/statements/{month}.xlsx", summary="扣罚统计表（Excel）", tags=["reads"], response_class=FileResponse)
async def statement_xlsx(month: str, viewer: Person, room: Sla, person: Whose = None) -> Response:
    who = Actor("person", person=viewer)
    await statements.statement(room, who, month, person=person, limit=1)
    await note_export(room, who, month, "xlsx")
    with tempfile.NamedTemporaryFile(prefix="ccrm-", suffix=".xlsx", delete=False) as made:
        file = Path(made.name)
    try:
        await write_xlsx(room, who, month, file, person)
    except BaseException:
        os.unlink(file)
        raise
    return FileResponse(
        file, media_type=XLSX, headers=_attached(f"{month}.xlsx"), background=BackgroundTask(os.unlink, file)
    )


@router.get("/statements/{month}", summary="一个月的扣罚统计表", tags=["reads"])
async def statement(
    month: str,
    viewer: Person,
    room: Sla,
    person: Whose = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """每人合计、待定的百分比，以及每一笔：类型、规则、条款、金额与算式。"""
    who = Actor("person", person=viewer)
    return await statements.statement(room, who, month, person=person, cursor=cursor, limit=limit)


@router.post("/bonus-bases", summary="月度综合奖金基数", tags=["commands"])
async def bonus_bases(
    viewer: Person,
    room: Sla,
    bases: Annotated[dict[str, Any], Depends(json_object)],
    request: Request,
) -> dict[str, Any]:
    """{"bases": [{"person": …, "month": "2026-03", "yuan": "8000"}]}。只限人力资源中心；有一项不符则全部不收。"""
    command = Command("bonus.set", Actor("person", person=viewer), None, bases)
    return await execute(room, command, idempotency_key=idempotency_key(request))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="statement-{name}"', "Cache-Control": "no-store"}


@router.get("/proposals", summary="处分建议", tags=["reads"])
async def proposals(viewer: Person, room: Sla) -> dict[str, Any]:
    """集团岗位可见全部，其他人只见与本人有关的。只有人能作出决定。"""
    return {"items": await cross_case.proposals(room, Actor("person", person=viewer))}


@router.get("/rankings", summary="客服专员月度排名", tags=["reads"])
async def rankings(
    viewer: Person, room: Sla, month: Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
) -> dict[str, Any]:
    """按客户窗口评价排名（003§16），只含有评价的专员；集团岗位可见。"""
    return {"month": month, "items": await cross_case.ranking(room, Actor("person", person=viewer), month)}
