"""The search for cases, and the case: one story, to which each room gives its own card."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Viewing, case_of, has_order, pages, story_of
from services.dispatch.pages.forms import forms_of_case
from services.dispatch.pages.words import VALUES
from services.dispatch.usecases import reads
from shared.room.audit import trail
from shared.room.reading import READ, readers
from shared.web.commands import step_names
from shared.web.console import allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import local

router = APIRouter()

PATH = "/cases"
MOST_ENTRIES = 200


def _columns(viewer: Any) -> list[Column]:
    return [
        Column("编号", lambda row: row["number"], href=lambda row: f"{PATH}/{row['complaint_id']}", kind="fixed"),
        Column("状态", lambda row: row["state_name"], kind="tag"),
        Column("级别", lambda row: row["severity_name"], kind="tag", tone=lambda row: row["severity_tone"]),
        Column("项目", lambda row: row["project_name"]),
        Column("类别", lambda row: row["category_name"]),
        Column("客户", lambda row: " ".join(filter(None, (row["customer"].get("room"), row["customer"].get("name"))))),
        Column("内容", lambda row: row["summary"]),
        Column("责任人", lambda row: row["liable_name"]),
        Column("登记时间", lambda row: local(row["registered_at"], viewer), kind="fixed"),
    ]


@router.get(PATH)
async def search(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "q", "state", "project")
    form = export_of(request)
    wanted = {name: query.get(name) for name in ("state", "project", "q")}
    found = await whole(
        lambda cursor, limit: reads.cases(room, viewer.actor, **wanted, cursor=cursor, limit=limit), query, form
    )
    states = {state.id: state.name for policy in room.policies.all() for state in policy.states}
    names = {project.id: project.name for project in viewer.directory.projects}
    list_ = Listing(
        title="投诉查询",
        path=PATH,
        columns=_columns(viewer),
        rows=found["items"],
        query=query,
        filters=[
            Filter("q", "编号、房号、姓名、电话或内容", kind="search"),
            Filter("state", "状态", [("open", "未结案"), *states.items()]),
            Filter("project", "项目", [(one, names[one]) for one in viewer.projects]),
        ],
        next=found["next_cursor"],
        empty="职责范围内还没有投诉。",
    )
    if form:
        return exported(list_, form, "cases")
    return pages.render(request, "list.html", viewer=viewer, list=list_)


@router.get(PATH + "/{complaint_id}")
async def case(request: Request, complaint_id: UUID, viewer: Viewing, room: Dispatch) -> Response:
    """Dispatch's part at once, the others' fetched by the browser: each room may be away for itself."""
    found, policy = await case_of(room, viewer, complaint_id)
    mine = {task["command"] for task in found["tasks"] if viewer.person in task["people"]}
    forms = forms_of_case(policy, viewer, found)
    return pages.render(
        request,
        "case.html",
        viewer=viewer,
        case=found,
        story=story_of(policy, viewer, found),
        forms=forms,
        mine=mine,
        handles=any(form.offline for form in forms),
        papers=has_order(policy),
        papers_of=[] if found["masked"] else [form for form in policy.form if form.id != "supervision_order"],
        outcomes=VALUES["outcome"],
        claims=VALUES["claim"],
        decisions=VALUES["decision"],
        relations=VALUES["relation"],
    )


@router.get("/orders/cards/{complaint_id}/audit")
async def audit(request: Request, complaint_id: UUID, viewer: Viewing, room: Dispatch) -> Response:
    """Who did and who read what, the latest first; seen by who sees the case."""
    policy = await reads.policy_seen(room, viewer.actor, complaint_id)
    told = [*await trail(room, complaint_id), *await readers(room, complaint_id)]
    own = {step.command: step.name for step in policy.step}
    names = step_names(room) | own | {READ: "查阅", "paper.print": "打印"}
    entries = [
        one | {"who": viewer.directory.name_of(one["actor"]), "what": names.get(one["command"], one["command"])}
        for one in sorted(told, key=lambda one: str(one["at"]), reverse=True)
    ]
    return pages.render(request, "parts/audit.html", viewer=viewer, entries=entries[:MOST_ENTRIES])
