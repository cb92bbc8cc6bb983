"""D5, A5: who is away and who acts for him; whose time at a project is over."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.usecases.delegate import absences
from services.dispatch.usecases.rotate import due_rotations
from shared.kernel.errors import Code, Refused
from shared.org.model import Post
from shared.web.console import MANAGERS, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported
from shared.web.pages import local

router = APIRouter()

ABSENCES, ROTATIONS = "/admin/absences", "/admin/rotations"
WHOSE = [("mine", "本人的"), ("for", "由我代理的")]


@router.get(ABSENCES)
async def away(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """Everybody enters his own; the group's office for others too."""
    viewer.require(allowed(ABSENCES))
    query, now = asked(request, "q", "whose"), room.clock.now().isoformat()
    rows = [row | {"begun": row["from"] <= now} for row in await absences(room, viewer.actor)]
    rows = [row for row in rows if _chosen(query, row, viewer.person)]
    list_ = Listing(
        title="请假与代理",
        path=ABSENCES,
        columns=[
            Column("请假人", lambda row: row["person_name"]),
            Column("代理人", lambda row: row["delegate_name"]),
            Column("自", lambda row: local(row["from"], viewer), kind="fixed"),
            Column("至", lambda row: local(row["until"], viewer) or "未定", kind="fixed"),
            Column("状态", lambda row: "请假中" if row["begun"] else "未开始", kind="tag",
                   tone=lambda row: "warn" if row["begun"] else "info"),
        ],
        rows=rows,
        query=query,
        filters=[Filter("q", "请假人或代理人", kind="search"), Filter("whose", "范围", WHOSE)],
        empty="现在没有人请假。请假期间，待办事项由代理人办理，扣罚仍归岗位任职人。",
        total=len(rows),
    )  # fmt: skip
    if form := export_of(request):
        return exported(list_, form, "absences")
    return pages.render(request, "absences.html", viewer=viewer, list=list_, manages=viewer.holds(MANAGERS))


@router.get(ABSENCES + "/enter")
async def enter(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """A new one, or with ?person and ?from the end or the delegate of a known one."""
    query, manages = asked(request, "person", "from"), viewer.holds(MANAGERS)
    known: dict[str, Any] | None = None
    if "from" in query:
        listed = await absences(room, viewer.actor)
        known = next(
            (one for one in listed if (one["person"], one["from"]) == (query.get("person"), query["from"])), None
        )
        if known is None or not (manages or known["person"] == viewer.person):
            raise Refused(Code.not_found, "没有这项请假，可能已经结束")
    within = request.headers.get("hx-request") == "true"
    return pages.render(
        request,
        "parts/absence.html" if within else "absence.html",
        viewer=viewer,
        path=ABSENCES,
        known=known,
        manages=manages,
        done="stay" if within else ABSENCES,
    )


@router.get(ROTATIONS)
async def due(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(ROTATIONS))
    rows = await due_rotations(room, viewer.actor)
    list_ = Listing(
        title="轮岗",
        path=ROTATIONS,
        columns=[
            Column("客服专员", lambda row: row["person_name"]),
            Column("项目", lambda row: row["project_name"]),
            Column("到任", lambda row: local(row["since"], viewer)[:10], kind="fixed"),
            Column("应轮岗日期", lambda row: row["due_on"], kind="fixed"),
            Column("状态", lambda row: "已到期" if row["overdue"] else "即将到期", kind="tag",
                   tone=lambda row: "bad" if row["overdue"] else "warn"),
            Column("依据", lambda row: row["clause"]),
        ],
        rows=rows,
        query=asked(request),
        empty="没有任职期满或即将期满的客服专员。",
        late=lambda row: bool(row["overdue"]),
        total=len(rows),
    )  # fmt: skip
    if form := export_of(request):
        return exported(list_, form, "rotations")
    return pages.render(
        request,
        "rotations.html",
        viewer=viewer,
        list=list_,
        manages=viewer.holds(MANAGERS),
        post=Post.service_officer.value,
    )


def _chosen(query: dict[str, str], row: dict[str, Any], person: str) -> bool:
    wanted, whose = query.get("q", "").lower(), query.get("whose")
    names = (row["person_name"], row["delegate_name"], row["person"], row["delegate"])
    if wanted and not any(wanted in name.lower() for name in names):
        return False
    return whose is None or person == {"mine": row["person"], "for": row["delegate"]}.get(whose)
