"""The calls that the viewer still owes customers, as a card of his desk."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, show
from services.sla.usecases.calls import calls_owed

router = APIRouter()


@router.get("/ledger/calls")
async def calls(request: Request, viewer: Viewing, room: Sla) -> Response:
    """A fragment; everybody's own."""
    return show(request, "calls.html", viewer, calls=await calls_owed(room, viewer.actor))
