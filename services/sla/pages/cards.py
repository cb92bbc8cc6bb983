"""The ledger's card on the page of a case."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, show
from services.sla.usecases.card import card

router = APIRouter()


@router.get("/ledger/cards/{complaint_id}")
async def shown(request: Request, complaint_id: UUID, viewer: Viewing, room: Sla) -> Response:
    """A fragment; to the same people as /api/v1/parts/sla/complaints/{id}."""
    return show(request, "card.html", viewer, case=await card(room, viewer.actor, complaint_id))
