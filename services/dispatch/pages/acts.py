"""The form of one act, in a dialog or on a page of its own; and what is to be signed, to be read before."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Viewing, case_of, has_order, pages, story_of
from services.dispatch.pages.forms import form_of, forms_of_case
from shared.kernel.errors import Code, Refused

router = APIRouter()

APPROVALS = frozenset({"order.review", "order.issue", "closure.review", "closure.approve"})
LATEST = 3


@router.get("/orders/{complaint_id}/acts/{command}")
async def act(request: Request, complaint_id: UUID, command: str, viewer: Viewing, room: Dispatch) -> Response:
    """Where the act is not the viewer's, or not any more, it says how the case stands and who was the last to act."""
    if command not in room.commands:
        raise Refused(Code.not_found, "没有这项操作")
    case, policy = await case_of(room, viewer, complaint_id)
    action = next((one for one in case["actions"] if one["command"] == command), None)
    within = request.headers.get("hx-request") == "true"
    decision = request.query_params.get("decision", "")
    data: dict[str, Any] = {
        "case": case,
        "form": form_of(policy, viewer, case, action) if action else None,
        "latest": case["acts"][-1] if case["acts"] else None,
        "decision": decision if decision in ("approve", "return") else "",
        "done": "stay" if within else f"/cases/{complaint_id}",
    }
    return pages.render(request, "parts/act.html" if within else "act.html", viewer=viewer, **data)


@router.get("/orders/{complaint_id}/preview")
async def preview(request: Request, complaint_id: UUID, viewer: Viewing, room: Dispatch) -> Response:
    case, policy = await case_of(room, viewer, complaint_id)
    return pages.render(
        request,
        "preview.html",
        viewer=viewer,
        case=case,
        last=story_of(policy, viewer, case)[-LATEST:],
        papers=has_order(policy),
        forms=[form for form in forms_of_case(policy, viewer, case) if form.command in APPROVALS],
    )
