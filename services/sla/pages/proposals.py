"""H4: disciplinary proposals with what they rest on. A person decides, with reason; the system never does."""

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import (
    PROPOSALS,
    Sla,
    Viewing,
    case_column,
    may,
    noted,
    people_like,
    show,
    with_names,
)  # fmt: skip
from services.sla.usecases.cross_case import proposals
from shared.web.console import allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported

router = APIRouter()

PATH = "/ledger/proposals"


@router.get(PATH)
async def shown(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, "state", "person"), export_of(request)
    rows = await proposals(room, viewer.actor)
    if "state" in query:
        rows = [row for row in rows if row["state"] == query["state"]]
    if "person" in query:
        people = set(people_like(viewer.directory, query["person"]))
        rows = [row for row in rows if row["person"] in people]
    order = list(PROPOSALS)
    rows.sort(key=lambda row: order.index(row["state"]))
    list_ = Listing(
        title="处分建议", path=PATH,
        columns=[
            Column("姓名", lambda row: row["person_name"], kind="fixed"),
            Column("事由", lambda row: row["name"]),
            Column("建议", lambda row: row["range"]),
            Column("状态", lambda row: PROPOSALS[row["state"]][0], kind="tag",
                   tone=lambda row: PROPOSALS[row["state"]][1]),
            Column("条款", lambda row: row["clause"], kind="fixed"),
            Column("依据", lambda row: with_names(row["explanation"], viewer.directory)),
            replace(case_column(), text=lambda row: row["number"] or ("查看" if row["complaint"] else "多宗投诉")),
        ],
        rows=rows, query=query, total=len(rows),
        filters=[
            Filter("state", "状态", [(state, label) for state, (label, _) in PROPOSALS.items()]),
            Filter("person", "姓名", kind="search"),
        ],
        empty="没有处分建议。超期达到制度规定的天数、稽核查实或排名连续靠后时，系统在此提出建议，由有权人决定。",
    )  # fmt: skip
    if form:
        await noted(room, viewer, "proposals", query, form)
        return exported(list_, form, "proposals")
    decides = may(room, viewer, "proposal.decide") and not room.observes
    return show(request, "proposals.html", viewer, list=list_, decides=decides)
