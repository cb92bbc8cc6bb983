"""What a customer opens by his own link, without signing in: his case, his rating, and the codes that lead there."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from services.intake.domain.keys import BESIDE, HANDED, Way
from services.intake.pages.registered import address
from services.intake.usecases import attachments
from services.intake.usecases.tracked import own_case, tracked
from shared.paper.codes import qr_svg
from shared.room.room import Actor, Room
from shared.web.auth import beside
from shared.web.edge import room_named
from shared.web.pages import Pages, local_path

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]

QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
"""The address is the key: it is told to no other site and to no search engine."""


@router.get("/t/{tracking}")
async def case(request: Request, tracking: str, room: Intake, new: bool = False) -> Response:
    found = await tracked(room, tracking)
    return pages.render(request, "tracked.html", headers=QUIET, case=found, tracking=tracking, new=new)


@router.get("/t/{tracking}/rate")
async def rate(
    request: Request,
    tracking: str,
    room: Intake,
    back: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """On the terminal (`back`: where it returns by itself afterwards) or on the customer's own telephone."""
    found = await tracked(room, tracking)
    target = local_path(back) if back else None
    refused = None
    if not found["opens_rating"]:
        refused = HANDED
    elif found["way"] != Way.window and beside(request) is not None:
        refused = BESIDE
    status = 403 if refused and found["rates"] else 200
    data = {"case": found, "tracking": tracking, "back": target, "refused": refused}
    return pages.render(request, "rate.html", status=status, headers=QUIET, **data)


@router.get("/t/{tracking}/qr.svg")
async def tracking_code(request: Request, tracking: str, room: Intake) -> Response:
    await own_case(room, tracking)
    return _svg(f"{address(request, room)}/t/{tracking}")


@router.get("/t/{tracking}/rate.svg")
async def rating_code(request: Request, tracking: str, room: Intake) -> Response:
    await own_case(room, tracking)
    return _svg(f"{address(request, room)}/t/{tracking}/rate")


@router.get("/t/{tracking}/files/{attachment_id}")
async def small(tracking: str, attachment_id: UUID, room: Intake) -> Response:
    """A thumbnail of what he handed in himself: an image in a page carries no token."""
    viewer = Actor("customer", complaint_id=await own_case(room, tracking))
    content = await attachments.opened(room, viewer, attachment_id, thumbnail=True)
    return StreamingResponse(content.pieces, media_type="image/jpeg", headers={"Content-Security-Policy": "sandbox"})


def _svg(text: str) -> Response:
    return Response(qr_svg(text), media_type="image/svg+xml", headers={"Content-Security-Policy": "sandbox"})
