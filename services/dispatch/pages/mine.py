"""A department's own orders, for a phone first; and the page on which one is worked, with a network or without."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import (
    Dispatch,
    Queue,
    Viewing,
    calls_due,
    case_of,
    first_of,
    has_order,
    pages,
    story_of,
)
from services.dispatch.pages.forms import forms_of_case
from services.dispatch.usecases.queues import answered_for
from shared.web.console import allowed

router = APIRouter()

PATH = "/orders/mine"
WORK = (
    "visit.record", "visit.material", "plan.enter", "progress.enter", "closure.apply", "cooperation.done",
    "cooperation.refuse", "claim.report", "claim.decide", "claim.file", "meeting.minutes", "meeting.hold",
    "customer.call", "cooperation.ask", "cooperation.report",
)  # fmt: skip
"""In the order in which a case is worked."""


@router.get(PATH)
async def mine(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    first = first_of(request)
    found = await answered_for(room, viewer.actor, first=first)
    list_ = Queue(PATH, found["items"], first, found["total"])
    return pages.render(request, "mine.html", viewer=viewer, list=list_, calls=calls_due(room, viewer))


@router.get("/orders/{complaint_id}/work")
async def work(request: Request, complaint_id: UUID, viewer: Viewing, room: Dispatch) -> Response:
    """All forms stand on the page itself: opened before the cellar, it still works in it."""
    case, policy = await case_of(room, viewer, complaint_id)
    mine = [task["command"] for task in case["tasks"] if viewer.person in task["people"]]
    offered = {form.command: form for form in forms_of_case(policy, viewer, case)}
    order = [*(one for one in mine if one in offered), *(one for one in WORK if one in offered and one not in mine)]
    return pages.render(
        request,
        "work.html",
        viewer=viewer,
        case=case,
        forms=[offered[command] for command in dict.fromkeys(order)],
        due=[task for task in case["tasks"] if viewer.person in task["people"]],
        waiting=mine[0] if mine else "",
        papers=has_order(policy),
        last=story_of(policy, viewer, case)[-3:][::-1],
    )
