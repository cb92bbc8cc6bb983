"""003§33.2: special meetings and their minutes, each action with who answers for it and until when."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.usecases.meetings import DONE, LATE, OPEN, meetings
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import local
from shared.web.phrases import phrase

router = APIRouter()

PATH = "/orders/meetings"
STATES = {DONE: "已处理", OPEN: "进行中", LATE: "已超期"}
TONES = {DONE: "good", OPEN: "info", LATE: "bad"}


def _columns(viewer: Viewer) -> list[Column]:
    return [
        Column("投诉", lambda row: row["number"], href=lambda row: f"/cases/{row['complaint_id']}", kind="fixed"),
        Column("项目", lambda row: row["project_name"]),
        Column("董事长", lambda row: row["chairman_name"]),
        Column("会议结束", lambda row: local(row["ended_at"], viewer), kind="fixed"),
        Column("纪要报备", lambda row: _minutes(row, viewer)),
        Column("解决方案", lambda row: row["what"]),
        Column("责任人", lambda row: row["who_name"] or row["who"]),
        Column("完成时间", lambda row: row["due"], kind="fixed"),
        Column("落实", lambda row: STATES.get(row["state"] or ""), kind="tag", tone=lambda row: TONES[row["state"]]),
    ]


def _minutes(row: Any, viewer: Viewer) -> str:
    if row["minuted_at"]:
        return local(row["minuted_at"], viewer)
    due = row["minutes_due_at"]
    return phrase("待报备，应于 %(at)s 前", at=local(due, viewer)) if due else "待报备"


@router.get(PATH)
async def page(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "project", "state")
    form = export_of(request)
    project = query.get("project")
    found = await whole(
        lambda cursor, limit: meetings(room, viewer.actor, project=project, cursor=cursor, limit=limit), query, form
    )
    names = {project.id: project.name for project in viewer.directory.projects}
    wanted = query.get("state")
    list_ = Listing(
        title="会议与纪要",
        path=PATH,
        columns=_columns(viewer),
        rows=[row for row in found["items"] if not wanted or row["state"] == wanted],
        query=query,
        filters=[
            Filter("project", "项目", [(one, names[one]) for one in viewer.projects]),
            Filter("state", "落实情况", list(STATES.items())),
        ],
        next=found["next_cursor"],
        empty="还没有专题会议。重大、群体性和共性问题投诉的案件页可以登记会议。",
        late=lambda row: row["state"] == LATE,
    )
    if form:
        return exported(list_, form, "meetings")
    return pages.render(request, "list.html", viewer=viewer, list=list_)
