"""H5: the ledger of the viewer's place: entries, what still grows, sums by person, and appeals that wait."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import (
    KINDS,
    Sla,
    Viewing,
    case_column,
    companies,
    may,
    money,
    noted,
    owed,
    people_like,
    projects,
    rules,
    show,
    state_of,
    tone_of,
    with_names,
)  # fmt: skip
from services.sla.usecases import accounts
from services.sla.usecases.accounts import Wanted
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import local

router = APIRouter()

PATH = "/ledger/penalties"
TABS = [(PATH, "已入账"), (f"{PATH}/running", "正在累计"), (f"{PATH}/people", "按人合计"), (f"{PATH}/appeals", "申诉")]
NAMES = ("person", "company", "project", "month", "rule")


def _wanted(viewer: Viewer, query: dict[str, str]) -> Wanted:
    people = people_like(viewer.directory, query["person"]) if "person" in query else None
    return Wanted(people, query.get("company"), query.get("project"), query.get("month"), query.get("rule"))


def _filters(room: Room, viewer: Viewer, *, month: bool = True) -> list[Filter]:
    found = [
        Filter("person", "姓名", kind="search"),
        Filter("company", "公司", companies(viewer)),
        Filter("project", "项目", projects(viewer)),
        Filter("rule", "规则", rules(room)),
    ]
    return [*found, Filter("month", "月份", kind="month")] if month else found


def _columns(viewer: Viewer, *, written: bool) -> list[Column]:
    dated = [
        Column("记账时间", lambda row: local(row["at"], viewer), kind="fixed"),
        Column("类型", lambda row: KINDS[row["kind"]], kind="fixed"),
    ]
    return [
        case_column(),
        Column("姓名", lambda row: row["person_name"], kind="fixed"),
        Column("事项", lambda row: row["name"]),
        Column("金额", owed, kind="num"),
        Column("状态", state_of, kind="tag", tone=tone_of),
        *(dated if written else []),
        Column("项目", lambda row: row["project_name"]),
        Column("依据与计算", lambda row: with_names(row["explanation"], viewer.directory)),
    ]


@router.get(PATH)
async def entries(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, *NAMES), export_of(request)
    wanted = _wanted(viewer, query)
    found = await whole(
        lambda cursor, limit: accounts.entries(room, viewer.actor, wanted, cursor=cursor, limit=limit), query, form
    )
    list_ = Listing(
        title="扣罚台账", path=PATH, columns=_columns(viewer, written=True), rows=found["items"], query=query,
        filters=_filters(room, viewer), next=found["next_cursor"],
        empty="职责范围内还没有入账的扣罚。延误停止或月底结账时入账，此前在“正在累计”中。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "entries", query, form)
        return exported(list_, form, "penalties")
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS)


@router.get(f"{PATH}/running")
async def running(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, *NAMES), export_of(request)
    wanted = _wanted(viewer, query)
    found = await whole(
        lambda cursor, limit: accounts.growing(room, viewer.actor, wanted, cursor=cursor, limit=limit), query, form
    )
    list_ = Listing(
        title="扣罚台账：正在累计", path=f"{PATH}/running", columns=_columns(viewer, written=False),
        rows=found["items"], query=query, filters=_filters(room, viewer, month=False), next=found["next_cursor"],
        empty="此刻没有正在累计的扣罚。", late=lambda row: True,
    )  # fmt: skip
    if form:
        await noted(room, viewer, "running", query, form)
        return exported(list_, form, "penalties-running")
    note = "金额为打开本页时的数额，随延误继续增加；延误停止后入账。"
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS, note=note)


@router.get(f"{PATH}/people")
async def people(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, *NAMES), export_of(request)
    rows = await accounts.sums(room, viewer.actor, _wanted(viewer, query))
    list_ = Listing(
        title="扣罚台账：按人合计", path=f"{PATH}/people",
        columns=[
            Column("姓名", lambda row: row["person_name"], href=lambda row: f"{PATH}?person={row['person']}"),
            Column("笔数", lambda row: row["entries"], kind="num"),
            Column("合计", lambda row: money(row["amount"]), kind="num"),
        ],
        rows=rows, query=query, filters=_filters(room, viewer), total=len(rows), empty="还没有入账的扣罚。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "people", query, form)
        return exported(list_, form, "penalties-people")
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS, note="只计已入账的金额；以百分比计的另见各笔。")


@router.get(f"{PATH}/appeals")
async def appeals(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    rows = await accounts.open_appeals(room, viewer.actor)
    answers = may(room, viewer, "penalty.waive")
    return show(request, "appeals.html", viewer, rows=rows, tabs=TABS, answers=answers)
