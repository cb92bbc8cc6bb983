"""After a registration: the number, what comes next, the running clock, the customer's link as a code, the receipt."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.intake.usecases.registered import registered
from shared.room.room import Room
from shared.web.console import Viewer, console
from shared.web.edge import room_named
from shared.web.pages import Pages

router = APIRouter()
pages = Pages("services.intake")

Intake = Annotated[Room, Depends(room_named("intake"))]
Viewing = Annotated[Viewer, Depends(console("intake"))]

RELATIONS = {"repeat": "再次投诉", "duplicate": "重复", "same_group": "同一群体"}


@router.get("/intake/registered/{complaint_id}")
async def shown(
    request: Request,
    complaint_id: UUID,
    viewer: Viewing,
    room: Intake,
    link: UUID | None = None,
    relation: Annotated[str, Query(max_length=20)] = "repeat",
    submitted: bool = False,
) -> Response:
    """Any employee's page: who handed the complaint in sees its number, and nothing more than he said himself."""
    case = await registered(room, viewer.actor, complaint_id)
    chosen = next((one for one in case["suggestions"] if one["complaint"] == str(link)), None)
    return pages.render(
        request,
        "registered.html",
        viewer=viewer,
        case=case,
        chosen=chosen,
        relation=relation if relation in RELATIONS else "repeat",
        relations=list(RELATIONS.items()),
        submitted=submitted,
        link=f"{address(request, room)}/t/{case['keys']['handed']}" if case["keys"] else "",
    )


def address(request: Request, room: Room) -> str:
    """What a customer's link begins with: the public address where one is set, else that of this request."""
    public: str | None = room.extra.get("public_url")
    return (public or str(request.base_url)).rstrip("/")
