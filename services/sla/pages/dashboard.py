"""J1-J3: the dashboard of a period, and the cases behind each of its numbers."""

from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.domain.periods import NAMES, Period, period_of
from services.sla.pages import figures
from services.sla.pages.common import (
    Sla,
    Viewing,
    case_column,
    chosen,
    companies,
    departments,
    money,
    noted,
    projects,
    show,
)  # fmt: skip
from services.sla.pages.figures import BY, CASES, Figure, Links, decimal, percent
from services.sla.usecases import kpi
from services.sla.usecases.dashboard import Dashboard, dashboard
from shared.kernel.errors import Code, Refused
from shared.org.model import POST_LABELS, Post
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.phrases import joined, phrase, words

router = APIRouter()

PATH = "/ledger/dashboard"
FILTERS = ("company", "project")
MEASURES = {
    "registered": "受理", "completed": "受理后已结案", "on_the_spot": "现场处理完成", "due": "到期",
    "on_time": "按时完成", "late": "超期", "closed": "结案", "satisfied": "有满意度", "met": "时限按时",
    "breached": "时限超时", "rated": "有窗口评价", "penalised": "有扣罚入账", "found": "有稽核查处",
}  # fmt: skip
OF_CLOSED = ("closed", "satisfied", "met", "breached", "rated")
NARROWING = ("company", "project", "department", "category", "severity", "officer")


@router.get(PATH)
async def shown(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "period", "month", "by", *FILTERS)
    period = period_of(query.get("period"), query.get("month"), room.clock.now().astimezone(viewer.zone).date())
    by = query["by"] if query.get("by") in BY else "company"
    filters = chosen(query, FILTERS)
    found = await dashboard(room, viewer.actor, period, by, filters)  # type: ignore[arg-type]
    links = Links(period.first.isoformat(), period.last.isoformat(), filters)
    tables = _figures(room, found, period, by, links)
    form = export_of(request)
    if form:
        wanted = next((one for one in tables if one.id == request.query_params.get("table")), tables[0])
        await noted(room, viewer, f"dashboard.{wanted.id}", query, form)
        return exported(wanted.listing(PATH, query), form, f"dashboard-{wanted.id}")
    return show(
        request, "dashboard.html", viewer,
        period=period, by=by, tops=tables[:4], further=tables[4:], cards=_cards(found, links),
        ranking=kpi.ranking_rules(room), chosen=query, path_with=lambda **changed: _with(query, changed),
        quick=NAMES, by_names=BY, companies=companies(viewer), projects=projects(viewer),
        here=query.get("period") or ("" if query.get("month") else "this_month"),
    )  # fmt: skip


def _with(query: Mapping[str, str], changed: Mapping[str, str | None]) -> str:
    kept = {key: value for key, value in {**query, **changed}.items() if value}
    return f"{PATH}?{urlencode(kept)}" if kept else PATH


def _figures(room: Room, found: Dashboard, period: Period, by: str, links: Links) -> list[Figure]:
    def days(key: str) -> tuple[str, str]:
        first, last = period.part(key)
        return first.isoformat(), last.isoformat()

    return [
        figures.groups(found, by, links, kpi.ranking_rules(room).clause),
        figures.trend(found, period.step, days, links),
        *figures.kinds(found, links),
        figures.clocks(found, links),
        *figures.people(found, links),
    ]


def _cards(found: Dashboard, links: Links) -> list[dict[str, Any]]:
    """The headline numbers: now, before, and whether it became better."""
    listed = (
        ("受理", "registered", "registered", str, 0),
        ("按时完成率", "on_time_rate", "due", percent, 1),
        ("平均处理小时", "mean_hours", "closed", decimal, -1),
        ("满意度（满分 5）", "satisfaction", "satisfied", decimal, 1),
        ("现场处理完成率", "on_the_spot_rate", "on_the_spot", percent, 1),
        ("扣罚入账", "penalties", "penalised", money, 0),
    )
    cards = []
    for title, name, measure, text, good in listed:
        now, before = found.total[name], found.before[name]
        tone = ""
        if good and now is not None and before is not None and now != before:
            tone = "good" if (now - before) * good > 0 else "bad"
        cards.append(
            {
                "title": title, "text": "—" if now is None else text(now), "href": links.of(measure), "tone": tone,
                "before": "" if before is None else text(before),
                "change": _change(now, before, tone),
            }
        )  # fmt: skip
    return cards


def _change(now: Any, before: Any, tone: str) -> str:
    if not tone:
        return ""
    if now > before:
        return "↑ 好转" if tone == "good" else "↑ 变差"
    return "↓ 好转" if tone == "good" else "↓ 变差"


@router.get(CASES)
async def cases(request: Request, viewer: Viewing, room: Sla) -> Response:
    """What a number counts, by the same filters. Raises Refused(field.invalid) for days that are none."""
    viewer.require(allowed(PATH))
    query = asked(request, "from", "to", "measure", "clock", "person", *NARROWING)
    measure = query.setdefault("measure", "registered")
    if measure not in get_args(kpi.Measure):
        raise Refused(Code.field_invalid, f"measure: 没有名为 {measure[:50]} 的指标", field="measure")
    this = period_of(None, None, room.clock.now().astimezone(viewer.zone).date())
    first = query.setdefault("from", this.first.isoformat())
    last = query.setdefault("to", this.last.isoformat())
    form = export_of(request)
    found = await whole(
        lambda cursor, limit: kpi.kpi_cases(
            room, viewer.actor, first, last, measure, chosen(query, NARROWING),  # type: ignore[arg-type]
            cursor=cursor, limit=limit, clock=query.get("clock"), person=query.get("person"),
        ),
        query, form,
    )  # fmt: skip
    list_ = Listing(
        title=phrase("指标明细：%(name)s", name=words(MEASURES[measure])),
        path=CASES, columns=_columns(measure), rows=found["items"], query=query,
        filters=_filters(room, viewer, query), next=found["next_cursor"], empty="这个数字背后没有投诉。",
        late=lambda row: bool(row["days_late"]), live=False,
    )  # fmt: skip
    if form:
        await noted(room, viewer, "dashboard.cases", query, form)
        return exported(list_, form, f"cases-{measure}")
    return show(request, "dashboard_cases.html", viewer, list=list_, note=_note(viewer, query))


def _columns(measure: str) -> list[Column]:
    return [
        case_column(),
        Column("级别", lambda row: row["severity"], kind="tag"),
        Column("项目", lambda row: row["project"]),
        Column("类别", lambda row: row["category"]),
        Column("责任部门", lambda row: row["department"]),
        Column("责任人", lambda row: row["liable"]),
        Column("状态", lambda row: row["state"], kind="tag"),
        Column("登记时间", lambda row: row["registered_at"], kind="fixed"),
        Column("应完成时间", lambda row: row["due_at"], kind="fixed"),
        Column("结案时间", lambda row: row["closed_at"], kind="fixed") if measure in OF_CLOSED
        else Column("超期天数", lambda row: row["days_late"], kind="num"),
    ]  # fmt: skip


def _filters(room: Room, viewer: Viewer, query: Mapping[str, str]) -> list[Filter]:
    policies = sorted(room.policies.all(), key=lambda policy: policy.id != "group-after-sales")
    severities: dict[str, str] = {}
    categories: dict[str, str] = {}
    clocks: dict[str, str] = {}
    for policy in policies:
        listed = (severities, policy.record.severities), (categories, policy.category), (clocks, policy.clock)
        for known, many in listed:
            for one in many:
                known.setdefault(one.id, one.name)
    own = [
        (one.id, one.name) for one in viewer.directory.people
        if any(held.post is Post.service_officer and held.person == one.id for held in viewer.directory.assignments)
    ]  # fmt: skip
    asks_clock = query["measure"] in ("met", "breached")
    return [
        Filter("measure", "指标", list(MEASURES.items())),
        Filter("from", "自", kind="date"),
        Filter("to", "至", kind="date"),
        Filter("company", "公司", companies(viewer)),
        Filter("project", "项目", projects(viewer)),
        Filter("department", "责任部门", departments(viewer)),
        Filter("officer", POST_LABELS[Post.service_officer], own),
        Filter("category", "类别", list(categories.items())),
        Filter("severity", "级别", list(severities.items())),
        *([Filter("clock", "时限", list(clocks.items()))] if asks_clock else []),
    ]


def _note(viewer: Viewer, query: Mapping[str, str]) -> str:
    said = [phrase("%(first)s 至 %(last)s", first=query["from"], last=query["to"])]
    if "person" in query:
        said.append(phrase("扣罚对象：%(name)s", name=viewer.directory.name_of(query["person"])))
    return joined("；", said)
