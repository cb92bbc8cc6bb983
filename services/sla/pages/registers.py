"""J4-J6, 003§31,32,40,42,44,45: the group's registers: entered, answered in time, rectified item by item."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, chosen, companies, people_choices, projects, show
from services.sla.usecases.registers import PERIODS, answerers, registers
from shared.org.acting import acts_as
from shared.org.authority import KIND_OF_POST
from shared.org.model import Directory
from shared.policy.reports import Register
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import PER_PAGE, Filter, Listing, asked

router = APIRouter()

PATH = "/ledger/registers"
NAMES = ("kind", "period", "company", "project")
LINES = 6


@router.get(PATH)
async def shown(request: Request, viewer: Viewing, room: Sla) -> Response:
    """With ?enter=POLICY/KIND the form for an entry of that kind stands above the list."""
    viewer.require(allowed(PATH))
    query = asked(request, *NAMES)
    found = await registers(room, viewer.actor, chosen(query, NAMES), cursor=query.get("cursor"), limit=PER_PAGE)
    rows = [row | _rights(viewer, row, room.clock.now()) for row in found["items"]]
    known = _known(room)
    list_ = Listing(
        title="检查与整改", path=PATH, columns=[], rows=rows, query=query,
        filters=[
            Filter("kind", "类别", [(kind.id, kind.name) for _, kind in known.values()]),
            Filter("period", "期间（如 2026-Q1、2026-03）", kind="search"),
            Filter("company", "公司", companies(viewer)),
            Filter("project", "项目", projects(viewer)),
        ],
        next=found["next_cursor"], exports=False,
    )  # fmt: skip
    entered = {key: kind for key, (_, kind) in known.items() if _enters(viewer, kind)}
    key = request.query_params.get("enter", "")
    return show(
        request, "registers.html", viewer, list=list_, names=_names(viewer.directory),
        enterable=[(key, f"{kind.name}（{kind.clause}）") for key, kind in entered.items()],
        key=key if key in entered else "", kind=entered.get(key), policy=key.partition("/")[0],
        period=_period(entered[key], room.clock.now().astimezone(viewer.zone).date()) if key in entered else "",
        example=PERIODS[entered[key].every][1] if key in entered else "", lines=LINES,
        companies=[(one.id, one.name) for one in viewer.directory.companies],
        projects=projects(viewer),
        departments=list({unit.id: (unit.id, unit.name) for one in viewer.directory.companies
                          for unit in one.departments}.values()),
        people=people_choices(viewer.directory),
    )  # fmt: skip


def _known(room: Room) -> dict[str, tuple[str, Register]]:
    return {
        f"{policy_id}/{kind.id}": (policy_id, kind)
        for policy_id in room.policies.ids
        for kind in room.policies.versions(policy_id)[-1].register_kind
    }


def _enters(viewer: Viewer, kind: Register) -> bool:
    return viewer.holds(frozenset().union(*(KIND_OF_POST.get(post, frozenset()) for post in kind.by)))


def _rights(viewer: Viewer, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Whether he may answer the entry, and finish each of its items: himself or for whom he acts."""
    people = answerers(viewer.directory, row["company"], row["department"], row["project"], now)

    def one_of(entitled: list[str]) -> bool:
        return acts_as(viewer.directory, viewer.person, entitled, now) is not None

    finish = [one_of([*people, row["entered_by"], *([item["who"]] if item["who"] else [])]) for item in row["items"]]
    return {"may_answer": one_of(people), "may_finish": finish}


def _period(kind: Register, day: date) -> str:
    match kind.every:
        case "week":
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02d}"
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case "year":
            return f"{day.year}"


def _names(directory: Directory) -> dict[str, str]:
    """Of companies, departments, projects and people, by id."""
    units = {unit.id: unit.name for one in directory.companies for unit in one.departments}
    places = {one.id: one.name for one in directory.companies} | {one.id: one.name for one in directory.projects}
    return units | places | {one.id: one.name for one in directory.people}
