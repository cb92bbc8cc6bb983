"""I2, I3: what is overdue, what does not advance, which cases call for a working group, and who was urged."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import (
    Sla,
    Viewing,
    case_column,
    chosen,
    companies,
    departments,
    may,
    money,
    noted,
    people_like,
    projects,
    show,
)  # fmt: skip
from services.sla.usecases import lists
from services.sla.usecases.findings import case_to_audit
from services.sla.usecases.urged import urged
from services.sla.usecases.working_groups import working_groups
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import local

router = APIRouter()

PATH = "/ledger/overdue"
TABS = [(PATH, "处理超期"), (f"{PATH}/slow", "进展缓慢"), (f"{PATH}/groups", "现场督促"), (f"{PATH}/urged", "督促记录")]
NAMES = ("project", "company", "department", "liable")
URGES = {"urge.leader": "督促分管领导", "urge.chairman": "督促董事长"}
NOBODY = "-"


@router.get(PATH)
async def overdue(request: Request, viewer: Viewing, room: Sla) -> Response:
    return await _list(request, viewer, room, "overdue", PATH)


@router.get(f"{PATH}/slow")
async def slow(request: Request, viewer: Viewing, room: Sla) -> Response:
    return await _list(request, viewer, room, "slow", f"{PATH}/slow")


async def _list(request: Request, viewer: Viewer, room: Room, which: lists.Which, path: str) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, *NAMES), export_of(request)
    filters = chosen(query, NAMES)
    if "liable" in query:
        # The list asks for one person: a name that several have, or nobody, finds nobody.
        people = people_like(viewer.directory, query["liable"])
        filters["liable"] = people[0] if len(people) == 1 else NOBODY
    found = await whole(
        lambda cursor, limit: lists.open_list(room, viewer.actor, which, filters, cursor=cursor, limit=limit),
        query, form,
    )  # fmt: skip
    late = [
        Column("应完成", lambda row: row["due_at"], kind="fixed"),
        Column("超期天数", lambda row: row["days_late"], kind="num"),
    ]
    since = [Column("应更新未更新自", lambda row: row["slow_since"], kind="fixed")]
    columns = [
        case_column(),
        Column("级别", lambda row: row["severity"], kind="tag"),
        Column("项目", lambda row: row["project"]),
        Column("类别", lambda row: row["category"]),
        Column("责任部门", lambda row: row["department"]),
        Column("责任人", lambda row: row["liable"]),
        Column("状态", lambda row: row["state"], kind="tag"),
        *(late if which == "overdue" else since),
        Column("本案已扣", lambda row: money(row["penalties"]), kind="num"),
    ]
    list_ = Listing(
        title="处理超期" if which == "overdue" else "进展缓慢", path=path, columns=columns, rows=found["items"],
        query=query,
        filters=[
            Filter("project", "项目", projects(viewer)),
            Filter("company", "公司", companies(viewer)),
            Filter("department", "责任部门", departments(viewer)),
            Filter("liable", "责任人姓名", kind="search"),
        ],
        next=found["next_cursor"],
        empty="没有超期未完成的投诉。" if which == "overdue" else "没有进展缓慢的投诉。",
        late=lambda row: which == "overdue",
    )  # fmt: skip
    if form:
        await noted(room, viewer, which, query, form)
        return exported(list_, form, which)
    note = (
        "此刻超过完成时限尚未完成的，超期最久的在前。"
        if which == "overdue"
        else "未按时更新进展或未按时推进的，最久的在前。"
    )
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS, note=note)


@router.get(f"{PATH}/groups")
async def groups(request: Request, viewer: Viewing, room: Sla) -> Response:
    """003§27, 33.3: what calls for a group first, then the groups at work, then what came of the others. With ?case=ID
    the form for that case stands on top: the general manager may see the risk before the list does.
    """
    viewer.require(allowed(PATH))
    proposed = (await working_groups(room, viewer.actor, "proposed"))["items"]
    formed = (await working_groups(room, viewer.actor, "formed"))["items"]
    ended = (await working_groups(room, viewer.actor, "ended"))["items"]
    forms, named = may(room, viewer, "working_group.form"), request.query_params.get("case", "").strip()[:60]
    known = {row["complaint"] for row in (*proposed, *formed)}
    early = await case_to_audit(room, viewer.actor, named) if forms and named and named not in known else None
    return show(
        request, "working_groups.html", viewer, proposed=proposed, formed=formed, ended=ended, tabs=TABS,
        forms=forms, early=early,
    )  # fmt: skip


@router.get(f"{PATH}/urged")
async def told(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    form = export_of(request)
    rows = await urged(room, viewer.actor)
    list_ = Listing(
        title="督促记录", path=f"{PATH}/urged",
        columns=[
            Column("日期", lambda row: row["day"], kind="fixed"),
            Column("督促", lambda row: URGES.get(row["template"], row["template"]), kind="tag"),
            Column("收件人", lambda row: row["recipient_name"]),
            case_column(),
            Column("项目", lambda row: row["project"]),
            Column("发出", lambda row: local(row["at"], viewer), kind="fixed"),
        ],
        rows=rows, query=asked(request),
        empty="近来没有发出过督促。处理超期的投诉每日督促分管领导，严重超期的督促董事长。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "urged", {}, form)
        return exported(list_, form, "urged")
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS, note="由系统以短信发出，最近的在前。")
