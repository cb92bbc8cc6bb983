"""Lists for those above the desk: common problems proposed, referrals to property companies, window ratings."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.intake.domain.keys import WAY_LABELS
from services.intake.usecases import recurrences as proposed
from services.intake.usecases.allowed import allowed as acts_on
from services.intake.usecases.ratings import ratings
from services.intake.usecases.refer import referrals
from shared.kernel.months import add_months
from shared.policy.names import CHANNEL_NAMES
from shared.room.room import Room
from shared.web.console import Viewer, allowed, console
from shared.web.edge import room_named
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import Pages, local
from shared.web.phrases import joined, phrase, words

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]
Viewing = Annotated[Viewer, Depends(console("intake"))]

RECURRENCES, REFERRALS, RATINGS = "/intake/recurrences", "/intake/referrals", "/intake/ratings"
STATES = {"open": "待处理", "confirmed": "已采纳", "dismissed": "不采纳"}


@router.get(RECURRENCES)
async def recurrences(request: Request, viewer: Viewing, room: Intake) -> Response:
    """C6: what the system proposes as a common problem; a person decides."""
    viewer.require(allowed(RECURRENCES))
    query = asked(request, "state")
    state = query.get("state") if query.get("state") in STATES else proposed.OPEN
    rows = await proposed.recurrences(room, viewer.actor, str(state))
    for row in rows:
        row["cases"] = list(zip(row["complaints"], row["numbers"], strict=True))[::-1]
        row["classifies"] = state == proposed.OPEN and await _classifies(room, viewer, row["complaints"])
        row["dismisses"] = state == proposed.OPEN and viewer.holds(proposed.DECIDERS)
    columns = [
        Column("提示时间", lambda row: local(row["proposed_at"], viewer), kind="fixed"),
        Column("范围", lambda row: row["place_name"]),
        Column("类别", lambda row: row["category_name"]),
        Column("件数", lambda row: phrase("%(n)s 件 / %(days)s 天内", n=row["count"], days=row["days"]), kind="num"),
        Column("拟定级别", lambda row: row["severity_name"], kind="tag", tone=lambda row: "warn"),
        Column("依据", lambda row: row["clause"]),
        Column("结果", lambda row: _decided(row), kind="text"),
    ]
    list_ = Listing(
        title="共性问题",
        path=RECURRENCES,
        columns=columns,
        rows=rows,
        query=query,
        filters=[Filter("state", "状态", list(STATES.items()))],
        empty="没有待处理的共性问题提示。同类投诉达到制度的件数时，系统在此提示，由人决定是否定为共性问题。",
    )
    if form := export_of(request):
        return exported(list_, form, "recurrences")
    return pages.render(request, "recurrences.html", viewer=viewer, list=list_)


@router.get(REFERRALS)
async def referred(request: Request, viewer: Viewing, room: Intake) -> Response:
    """A2: what customers said to a centre that takes no complaints any more."""
    viewer.require(allowed(REFERRALS))
    query = asked(request)
    form = export_of(request)
    found = await whole(lambda cursor, limit: referrals(room, viewer.actor, cursor=cursor, limit=limit), query, form)
    columns = [
        Column("时间", lambda row: local(row["at"], viewer), kind="fixed"),
        Column("项目", lambda row: row["project_name"]),
        Column("客户", lambda row: " ".join(filter(None, (row["customer"].get("room"), row["customer"].get("name"))))),
        Column("电话", lambda row: row["customer"].get("phone"), kind="fixed"),
        Column("渠道", lambda row: CHANNEL_NAMES.get(row["channel"], row["channel"])),
        Column("反映内容", lambda row: row["content"]),
        Column("转给", lambda row: row["referred_to_name"]),
        Column("原因", lambda row: row["reason"]),
    ]
    list_ = Listing(
        title="转物业公司",
        path=REFERRALS,
        columns=columns,
        rows=found["items"],
        query=query,
        next=found["next_cursor"],
        empty="没有转物业公司的客户反映。项目售后服务中心停止受理后，客户反映的问题列在这里。",
    )
    if form:
        return exported(list_, form, "referrals")
    note = "项目售后服务中心停止受理后客户反映的问题，由物业公司负责人处理。"
    return pages.render(request, "list.html", viewer=viewer, list=list_, note=note)


@router.get(RATINGS)
async def rated(request: Request, viewer: Viewing, room: Intake) -> Response:
    """B5: for the group alone; no officer reads what was given for his window."""
    viewer.require(allowed(RATINGS))
    query = asked(request, "project", "stars", "month")
    form = export_of(request)
    since, until = _month(query.get("month"), viewer.zone)
    found = await whole(
        lambda cursor, limit: ratings(
            room,
            viewer.actor,
            project=query.get("project"),
            stars=int(query["stars"]) if query.get("stars") in ("1", "2", "3", "4", "5") else None,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        ),
        query,
        form,
    )
    columns = [
        Column("评价时间", lambda row: local(row["rated_at"], viewer), kind="fixed"),
        Column("星级", lambda row: f"{row['stars']} 星", kind="tag", tone=lambda row: _tone(row["stars"])),
        Column("项目", lambda row: row["project_name"]),
        Column("客服专员", lambda row: row["officer_name"]),
        Column("投诉", lambda row: row["number"], href=lambda row: f"/cases/{row['complaint']}", kind="fixed"),
        Column("评价途径", lambda row: WAY_LABELS.get(row["way"])),
        Column("来源网络", lambda row: row["network"], kind="fixed"),
        Column("同来源次数", lambda row: row["alike"] or None, kind="num"),
    ]
    names = {one.id: one.name for one in viewer.directory.projects}
    list_ = Listing(
        title="窗口评价",
        path=RATINGS,
        columns=columns,
        rows=found["items"],
        query=query,
        filters=[
            Filter("project", "项目", [(one, names[one]) for one in viewer.projects]),
            Filter("stars", "星级", [(str(n), f"{n} 星") for n in (5, 4, 3, 2, 1)]),
            Filter("month", "月份", kind="month"),
        ],
        next=found["next_cursor"],
        late=lambda row: row["alike"] > 1,
        empty="还没有窗口评价。客户扫码或在窗口终端评价后，直接到这里。",
    )
    if form:
        return exported(list_, form, "ratings")
    note = (
        "客户对窗口服务的评价，直接送集团，接待人员看不到，也不能更改。来源网络以代号表示；"
        "同一专员的不同客户 30 天内不经窗口终端而从同一来源评价的次数大于 1 的，请核实是否本人评价。"
    )
    return pages.render(request, "list.html", viewer=viewer, list=list_, note=note)


async def _classifies(room: Room, viewer: Viewer, complaints: list[str]) -> bool:
    """Whether he may classify the latest of them: the proposal is accepted by that."""
    acts = await acts_on(room, viewer.actor, UUID(complaints[-1]), ("complaint.classify",)) if complaints else {}
    return bool(acts)


def _decided(row: Any) -> str:
    if row["state"] == proposed.OPEN:
        return STATES["open"]
    by = f"{row['decided_by_name'] or ''} {row['reason'] or ''}".strip()
    return joined("：", (words(STATES[row["state"]]), by))


def _tone(stars: int) -> str:
    return "good" if stars >= 4 else "warn" if stars == 3 else "bad"


def _month(text: str | None, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The month 2026-03 as [first instant, first of the next) in the zone; nothing for what is no month."""
    try:
        first = datetime.strptime(text or "", "%Y-%m").replace(tzinfo=zone)
    except ValueError:
        return None, None
    after = add_months(first.date(), 1)
    return first, datetime(after.year, after.month, 1, tzinfo=zone)
