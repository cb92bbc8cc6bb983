"""003§14, 29: what waits for a manager's signature, what is due first on top, beside the paper as it will be issued."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.acts import APPROVALS, LATEST
from services.dispatch.pages.common import Dispatch, Queue, Viewing, case_of, first_of, has_order, pages, story_of
from services.dispatch.usecases.queues import waiting_for
from shared.kernel.errors import Refused
from shared.room.room import Room
from shared.web.console import Viewer, allowed

router = APIRouter()

PATH = "/orders/approvals"


@router.get(PATH)
async def approvals(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    first = first_of(request)
    found = await waiting_for(room, viewer.actor, first=first)
    rows = [row | {"one_tap": row["command"] in APPROVALS} for row in found["items"]]
    asked = request.query_params.get("case", "")
    chosen = next((row for row in rows if row["complaint_id"] == asked), rows[0] if rows else None)
    held = chosen["complaint_id"] if chosen and chosen["complaint_id"] == asked else ""
    shown = await _chosen(room, viewer, UUID(chosen["complaint_id"])) if chosen else {"chosen": None}
    return pages.render(
        request,
        "approvals.html",
        viewer=viewer,
        list=Queue(PATH, rows, first, found["total"], chosen=held),
        chosen_command=chosen["command"] if chosen else "",
        **shown,
    )


async def _chosen(room: Room, viewer: Viewer, complaint_id: UUID) -> dict[str, Any]:
    try:
        case, policy = await case_of(room, viewer, complaint_id)
    except Refused:
        # Somebody acted on it between the two reads.
        return {"chosen": None}
    return {"chosen": case, "last": story_of(policy, viewer, case)[-LATEST:], "papers": has_order(policy)}
