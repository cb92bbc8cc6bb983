"""The sign-in page, and the first page after it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.dispatch.usecases.sign_in import sign_in
from shared.kernel.errors import Refused
from shared.room.room import Room
from shared.web.auth import end_session, identity, refuse_other_sites, start_session
from shared.web.edge import room_named
from shared.web.errors import HttpProblem
from shared.web.login import admit, form
from shared.web.pages import LOGIN_PATH, local_path, login_page

router = APIRouter(include_in_schema=False)

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
FIRST_PAGE = "/messages/"


@router.get("/")
async def first_page() -> Response:
    return RedirectResponse(FIRST_PAGE, 303)


@router.get(LOGIN_PATH)
async def show_login(request: Request, next: str | None = None) -> Response:
    target = local_path(next)
    if identity(request) is not None:
        return RedirectResponse(target, 303)
    return login_page(request, next_path=target)


@router.post(LOGIN_PATH)
async def take_login(request: Request, room: Dispatch) -> Response:
    fields = await form(request)
    target, name = local_path(fields.get("next")), fields.get("name", "").strip()
    try:
        admitted = await admit(request, room, name, fields.get("password", ""), sign_in)
    except HttpProblem as problem:
        return login_page(
            request,
            next_path=target,
            name=name[:200],
            error=problem.detail,
            status=problem.status_code,
            headers=problem.headers,
        )
    except Refused as refused:
        return login_page(request, next_path=target, error=refused.detail, status=422)
    response = RedirectResponse(target, 303)
    start_session(request, response, admitted.token)
    return response


@router.post("/logout")
async def logout(request: Request) -> Response:
    refuse_other_sites(request)
    response = RedirectResponse(LOGIN_PATH, 303)
    end_session(request, response)
    return response
