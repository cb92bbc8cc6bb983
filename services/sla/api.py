"""The ledger over HTTP."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from services.sla.usecases import (
    cross_case,
    kpi,
    lists,
    load_calendar,
    reads,
    registers,
    report_reads,
    statements,
    working_groups,
)
from services.sla.usecases import due as running
from services.sla.usecases.export_statement import csv_lines, note_export, write_xlsx
from services.sla.usecases.print_statement import statement_pdf
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


@router.get("/due", summary="正在计时的时限", tags=["reads"])
async def due(
    viewer: Person, room: Sla, complaints: Annotated[str, Query(max_length=40 * running.MOST, min_length=1)]
) -> dict[str, Any]:
    """complaints 为以逗号分隔的投诉 id，最多 50 件。职责范围外的不列出；每件先到期者在前，附超时后果与已计扣罚。"""
    return {"items": await running.running(room, Actor("person", person=viewer), running.ids_of(complaints))}


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


@router.get("/statements/{month}.pdf", summary="扣罚统计表（PDF）", tags=["reads"], response_class=Response)
async def statement_paper(month: str, viewer: Person, room: Sla, person: Whose = None) -> Response:
    who = Actor("person", person=viewer)
    content = await statement_pdf(room, who, month, person)
    await note_export(room, who, month, "pdf")
    return Response(content, media_type="application/pdf", headers=_attached(f"{month}.pdf"))


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


_DECISION = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {
                "decision": {"type": "string", "enum": ["impose", "dismiss"]},
                "measure": {"type": "string"},
                "reason": {"type": "string"},
            },
            "required": ["decision", "reason"],
        }}},
    }
}  # fmt: skip


@router.post(
    "/proposals/{proposal_id}/decide",
    summary="决定不属于某宗投诉的处分建议",
    tags=["commands"],
    openapi_extra=_DECISION,
)
async def decide(
    proposal_id: UUID,
    viewer: Person,
    room: Sla,
    decision: Annotated[dict[str, Any], Depends(json_object)],
    request: Request,
) -> dict[str, Any]:
    """如连续排名靠后（003§16）；id 见 GET /proposals。与 proposal.decide 同一权限，须写明理由 reason。"""
    named = {**decision, "proposal": str(proposal_id)}
    command = Command("proposal.decide", Actor("person", person=viewer), None, named)
    return await execute(room, command, idempotency_key=idempotency_key(request))


@router.get("/rankings", summary="客服专员月度排名", tags=["reads"])
async def rankings(
    viewer: Person, room: Sla, month: Annotated[str, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
) -> dict[str, Any]:
    """按客户窗口评价排名（003§16），只含有评价的专员；集团岗位可见。"""
    return {"month": month, "items": await cross_case.ranking(room, Actor("person", person=viewer), month)}


# ---- lists, rates, reports, working groups, registers

Text = Annotated[str | None, Query(max_length=200)]
Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=200)]
Day = Annotated[str, Query(pattern=r"^20\d\d-\d\d-\d\d$")]


def filters(
    project: Text = None,
    company: Text = None,
    department: Text = None,
    liable: Text = None,
    officer: Text = None,
    category: Text = None,
    severity: Text = None,
) -> dict[str, str | None]:
    return {
        "project": project, "company": company, "department": department, "liable": liable, "officer": officer,
        "category": category, "severity": severity,
    }  # fmt: skip


Filters = Annotated[dict[str, str | None], Depends(filters)]


@router.get("/lists/{which}", summary="超期、进展缓慢清单", tags=["reads"])
async def open_list(
    which: lists.Which, viewer: Person, room: Sla, chosen: Filters, cursor: Cursor = None, limit: Limit = 25
) -> dict[str, Any]:
    """overdue：处理超期（003§30）；slow：进展缓慢（003§26）。均为此刻的情况，超期最久的在前，含正在累计的扣罚。"""
    return await lists.open_list(room, Actor("person", person=viewer), which, chosen, cursor=cursor, limit=limit)


@router.get("/kpi", summary="指标", tags=["reads"])
async def rates(
    viewer: Person,
    room: Sla,
    chosen: Filters,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    by: kpi.By = "company",
) -> dict[str, Any]:
    """任意起止日期（含）的按时完成率、处理效率、满意度、现场处理率、各时限按时率、扣罚等；公司与项目附综合得分与名次。"""
    return await kpi.kpi(room, Actor("person", person=viewer), first, last, by, chosen)


@router.get("/kpi/cases", summary="指标背后的投诉", tags=["reads"])
async def rate_cases(
    viewer: Person,
    room: Sla,
    chosen: Filters,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    measure: kpi.Measure = "registered",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """与指标同样的筛选，列出所计的投诉。"""
    who = Actor("person", person=viewer)
    return await kpi.kpi_cases(room, who, first, last, measure, chosen, cursor=cursor, limit=limit)


@router.get("/reports", summary="定期报表", tags=["reads"])
async def report_list(
    viewer: Person, room: Sla, report: Text = None, period: Text = None, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """已生成的报表，最近的在前。集团岗位可见全部，其他人只见发给本人的。"""
    who = Actor("person", person=viewer)
    return await report_reads.reports(room, who, report=report, period=period, cursor=cursor, limit=limit)


@router.get("/reports/{report_id}.csv", summary="一份报表（CSV）", tags=["reads"], response_class=Response)
async def report_csv(report_id: str, viewer: Person, room: Sla) -> Response:
    who = Actor("person", person=viewer)
    found = await report_reads.report(room, who, report_id)
    await report_reads.note_report_export(room, who, found, "csv")
    return Response(
        report_reads.csv_of(found), media_type="text/csv; charset=utf-8", headers=_report_attached(found, "csv")
    )


@router.get("/reports/{report_id}.xlsx", summary="一份报表（Excel）", tags=["reads"], response_class=Response)
async def report_xlsx(report_id: str, viewer: Person, room: Sla) -> Response:
    who = Actor("person", person=viewer)
    found = await report_reads.report(room, who, report_id)
    await report_reads.note_report_export(room, who, found, "xlsx")
    return Response(report_reads.xlsx_of(found), media_type=XLSX, headers=_report_attached(found, "xlsx"))


@router.get("/reports/{report_id}", summary="一份报表", tags=["reads"])
async def one_report(report_id: str, viewer: Person, room: Sla) -> dict[str, Any]:
    """生成时的全部内容，此后不变。"""
    return await report_reads.report(room, Actor("person", person=viewer), report_id)


def _report_attached(found: dict[str, Any], kind: str) -> dict[str, str]:
    name = f"{found['report']}-{found['period']}.{kind}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


@router.get("/working-groups", summary="现场督促工作小组", tags=["reads"])
async def groups(viewer: Person, room: Sla, state: working_groups.State = "proposed") -> dict[str, Any]:
    """proposed：应组织而尚无工作小组的投诉（003§27,33.3）；formed：进行中；ended：已结束。"""
    return await working_groups.working_groups(room, Actor("person", person=viewer), state)


@router.get("/registers", summary="台账", tags=["reads"])
async def register_list(
    viewer: Person,
    room: Sla,
    kind: Text = None,
    period: Text = None,
    company: Text = None,
    project: Text = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """系统性问题、现场检查、满意度调查、培训、整改计划与分析；逾期的有标记。"""
    asked = {"kind": kind, "period": period, "company": company, "project": project}
    return await registers.registers(room, Actor("person", person=viewer), asked, cursor=cursor, limit=limit)
