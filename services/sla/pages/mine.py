"""H6: what stands against the viewer himself, with clause, facts and arithmetic; for everybody, on a phone first."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, show
from services.sla.usecases.accounts import by_month, own
from services.sla.usecases.cross_case import proposals
from shared.web.console import allowed

router = APIRouter()

PATH = "/ledger/mine"


@router.get(PATH)
async def mine(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    months = by_month(await own(room, viewer.actor))
    seen: set[tuple[str | None, str]] = set()
    for item in (item for month in months for item in month["items"]):
        # One appeal is about all that a rule charges him in a case: it is offered beside the last entry.
        key = item["complaint"], item["rule"]
        item["appealable"] = item["left"] and item["state"] in ("running", "settled") and key not in seen
        seen.add(key)
    about = [one for one in await proposals(room, viewer.actor) if one["person"] == viewer.person]
    return show(request, "mine.html", viewer, months=months, proposals=about)
