"""A service officer's desk: what waits for him, what is due first on top."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.pages.common import Dispatch, Queue, Viewing, calls_due, first_of, pages
from services.dispatch.usecases.queues import waiting_for
from shared.web.console import allowed

router = APIRouter()

PATH = "/orders/desk"


@router.get(PATH)
async def desk(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    first = first_of(request)
    found = await waiting_for(room, viewer.actor, first=first)
    list_ = Queue(PATH, found["items"], first, found["total"])
    return pages.render(request, "desk.html", viewer=viewer, list=list_, calls=calls_due(room, viewer))
