"""I2, I4, J1-J4: the lists and reports as they were made at their times, with their rows."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, show
from services.sla.usecases import report_reads
from shared.web.console import allowed
from shared.web.listing import Column, Filter, Listing, asked, whole
from shared.web.pages import local

router = APIRouter()

PATH = "/ledger/reports"


@router.get(PATH)
async def all_of_them(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "report", "period")
    names = {report.id: report.name for policy in room.policies.all() for report in policy.report}
    found = await whole(
        lambda cursor, limit: report_reads.reports(
            room, viewer.actor, report=query.get("report"), period=query.get("period"), cursor=cursor, limit=limit
        ),
        query, None,
    )  # fmt: skip
    list_ = Listing(
        title="定期报告", path=PATH,
        columns=[
            Column("报告", lambda row: row["name"], href=lambda row: f"{PATH}/{row['id']}"),
            Column("期间", lambda row: row["period"], kind="fixed"),
            Column("条数", lambda row: row["number"], kind="num"),
            Column("条款", lambda row: row["clause"]),
            Column("发送给", lambda row: "、".join(one["name"] for one in row["recipients"])),
            Column("生成时间", lambda row: local(row["made_at"], viewer), kind="fixed"),
        ],
        rows=found["items"], query=query,
        filters=[
            Filter("report", "报告", list(names.items())),
            Filter("period", "期间（如 2026-03、2026-W10）", kind="search"),
        ],
        next=found["next_cursor"], exports=False,
        empty="还没有发给您的报告。清单每日、周报每周、月报每月按制度规定的时间生成。",
    )  # fmt: skip
    return show(request, "reports.html", viewer, list=list_)


@router.get(f"{PATH}/{{report_id}}")
async def one(request: Request, report_id: str, viewer: Viewing, room: Sla) -> Response:
    """Another's report is not told from one that does not exist."""
    found = await report_reads.report(room, viewer.actor, report_id)
    return show(request, "report.html", viewer, found=found, labels=report_reads.LABELS, path=f"{PATH}/{report_id}")
