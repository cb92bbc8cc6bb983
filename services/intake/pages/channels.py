"""B13: the register of hotlines, mailboxes and owners' forums, and who checked them when."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.intake.domain.addresses import FOUND_LABELS, KIND_LABELS
from services.intake.usecases.addresses import addresses
from services.intake.usecases.capture import open_projects, own_projects
from shared.room.room import Room
from shared.web.console import Viewer, allowed, console
from shared.web.edge import room_named
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported
from shared.web.pages import Pages, day, local
from shared.web.phrases import phrase

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]
Viewing = Annotated[Viewer, Depends(console("intake"))]

PATH = "/intake/channels"
TONES = {"correct": "good", "wrong": "bad", "unreachable": "bad"}


@router.get(PATH)
async def channels(request: Request, viewer: Viewing, room: Intake) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "project", "kind", "show")
    found = await addresses(room, viewer.actor, query.get("project"), ended=query.get("show") == "all")
    rows = [row for row in found["items"] if _wanted(row, query)]
    own = own_projects(viewer.directory, viewer.person, room.clock.now())
    for row in rows:
        row["mine"] = row["project"] in own and row["ended_at"] is None
    names = {one.id: one.name for one in viewer.directory.projects}
    form = export_of(request)
    hidden = {"核对人", "备注"} | ({"项目"} if len(viewer.projects) == 1 else set())  # told beside the row
    list_ = Listing(
        title="投诉渠道",
        path=PATH,
        columns=[one for one in _columns(viewer) if form or one.title not in hidden],
        rows=rows,
        query=query,
        filters=[
            Filter("project", "项目", [(one, names[one]) for one in viewer.projects]),
            Filter("kind", "种类", list(KIND_LABELS.items())),
            Filter("show", "范围", [("overdue", "逾期未核对"), ("all", "含已停用")]),
        ],
        empty="还没有登记投诉渠道。请由客服专员登记本项目公布的热线、信箱和业主论坛。",
        late=lambda row: bool(row["overdue"]),
    )
    if form:
        return exported(list_, form, "channels")
    return pages.render(
        request,
        "channels.html",
        viewer=viewer,
        list=list_,
        own=open_projects(viewer.directory, own),
        kinds=list(KIND_LABELS.items()),
        results=list(FOUND_LABELS.items()),
    )


def _columns(viewer: Viewer) -> list[Column]:
    return [
        Column("项目", lambda row: row["project_name"]),
        Column("种类", lambda row: row["kind_name"]),
        Column("号码或地址", lambda row: row["address"]),
        Column("最近核对", lambda row: local(row["checked_at"], viewer) or "未核对", kind="fixed"),
        Column("核对人", lambda row: row["checked_by_name"]),
        Column("结果", lambda row: row["found_name"], kind="tag", tone=lambda row: TONES.get(row["found"], "")),
        Column("须于此前核对", lambda row: _due(row, viewer), kind="tag", tone=lambda row: "bad" * row["overdue"]),
        Column("备注", lambda row: row["note"]),
    ]


def _wanted(row: dict[str, Any], query: dict[str, str]) -> bool:
    return query.get("kind") in (None, row["kind"]) and (query.get("show") != "overdue" or row["overdue"])


def _due(row: Any, viewer: Viewer) -> str:
    if row["ended_at"]:
        return phrase("%(day)s 停用", day=day(row["ended_at"], viewer))
    until = day(row["check_by"], viewer)
    return phrase("%(day)s 已逾期", day=until) if row["overdue"] else until
