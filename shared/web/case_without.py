"""A case's page while dispatch, which gives it, is away: the frame, into which each other room's card comes as ever.

The gateway asks it of a room that is up (`deploy/gateway`); when dispatch is back, the page becomes whole by itself.
"""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from shared.room.room import Room
from shared.web.console import viewer_of
from shared.web.pages import Pages

router = APIRouter(include_in_schema=False)
pages = Pages("shared.web")


@router.get("/cases/{complaint_id}")
async def case(request: Request, complaint_id: UUID) -> Response:
    """Says nothing of the case itself: each card asks its own room, which knows who may see it."""
    rooms: dict[str, Room] = request.app.state.rooms
    viewer = await viewer_of(request, next(iter(rooms.values())))
    given = {"viewer": viewer, "complaint_id": complaint_id}
    # 503: a page of the case that is open renews itself by this address and must not take the frame for news.
    return pages.render(request, "case_without.html", status=503, headers={"Retry-After": "5"}, **given)
