"""003§17,35,37: the auditor's findings; and who was reported for refusing to cooperate (003§4)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import FINDINGS, Sla, Viewing, case_column, finding, may, noted, projects, show
from services.sla.usecases.findings import REPORTED, case_to_audit, findings, kinds_of
from shared.kernel.errors import Refused
from shared.room.room import Room
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import local

router = APIRouter()

PATH = "/ledger/findings"
TABS = [(PATH, "查处记录"), (f"{PATH}/refusals", "拒不配合")]


@router.get(PATH)
async def found(request: Request, viewer: Viewing, room: Sla) -> Response:
    """With ?case=NUMBER the form for a finding in that case stands above the list."""
    viewer.require(allowed(PATH))
    query, form = asked(request, "kind", "project"), export_of(request)
    number = request.query_params.get("case", "").strip()[:60]
    records, case, wrong = may(room, viewer, "finding.record"), None, ""
    if records and number:
        try:
            case = await case_to_audit(room, viewer.actor, number)
        except Refused as refusal:
            wrong = refusal.detail
    page = await whole(
        lambda cursor, limit: findings(
            room, viewer.actor, reported=False, kind=query.get("kind"), project=query.get("project"),
            cursor=cursor, limit=limit,
        ),
        query, form,
    )  # fmt: skip
    rules = _rules(room)
    list_ = Listing(
        title="稽核查处", path=PATH,
        columns=[
            Column("时间", lambda row: local(row["at"], viewer), kind="fixed"),
            Column("被查处人", lambda row: row["person_name"]),
            Column("问题", lambda row: finding(row["kind"], rules.get(row["kind"], ())), kind="tag"),
            case_column(),
            Column("项目", lambda row: row["project"]),
            Column("证据", lambda row: row["evidence"]),
            Column("稽核人", lambda row: row["by_name"]),
        ],
        rows=page["items"], query=query,
        filters=[
            Filter("kind", "问题", [(kind, finding(kind, names)) for kind, names in rules.items()]),
            Filter("project", "项目", projects(viewer)),
        ],
        next=page["next_cursor"], empty="还没有查处记录。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "findings", query, form)
        return exported(list_, form, "findings")
    return show(
        request, "findings.html", viewer, list=list_, tabs=TABS, records=records, case=case, number=number, wrong=wrong,
        choices=[(kind, finding(kind, names)) for kind, names in case["kinds"].items()] if case else [],
    )  # fmt: skip


def _rules(room: Room) -> dict[str, list[str]]:
    """Every kind of finding of any policy, those with a word of their own first."""
    kinds: dict[str, list[str]] = {}
    for policy in room.policies.all():
        for kind, names in kinds_of(policy).items():
            kinds.setdefault(kind, names)
    return dict(sorted(kinds.items(), key=lambda item: [*FINDINGS, item[0]].index(item[0])))


@router.get(f"{PATH}/refusals")
async def refusals(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, "project"), export_of(request)
    page = await whole(
        lambda cursor, limit: findings(
            room, viewer.actor, reported=True, project=query.get("project"), cursor=cursor, limit=limit
        ),
        query, form,
    )  # fmt: skip
    list_ = Listing(
        title="拒不配合", path=f"{PATH}/refusals",
        columns=[
            Column("时间", lambda row: local(row["at"], viewer), kind="fixed"),
            Column("情况", lambda row: "上报" if row["what"] == REPORTED else "拒绝配合", kind="tag",
                   tone=lambda row: "bad" if row["what"] == REPORTED else "warn"),
            Column("部门", lambda row: _department(viewer, row["department"])),
            Column("责任人", lambda row: row["person_name"]),
            case_column(),
            Column("项目", lambda row: row["project"]),
            Column("说明", lambda row: row["evidence"]),
            Column("登记人", lambda row: row["by_name"]),
        ],
        rows=page["items"], query=query, filters=[Filter("project", "项目", projects(viewer))],
        next=page["next_cursor"], empty="没有拒绝配合或上报的记录。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "refusals", query, form)
        return exported(list_, form, "refusals")
    return show(request, "tabbed.html", viewer, list=list_, tabs=TABS)


def _department(viewer: Viewer, unit: str | None) -> str:
    units = (one for company in viewer.directory.companies for one in company.departments)
    return next((one.name for one in units if one.id == unit), unit or "")
