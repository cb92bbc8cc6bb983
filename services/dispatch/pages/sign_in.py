"""The sign-in page, the first page after it, and the language of all pages."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.dispatch.usecases.sessions import renew_session, sign_out
from services.dispatch.usecases.sign_in import sign_in
from shared.kernel.errors import Refused
from shared.room.commands import carry_out
from shared.room.room import Actor, Command, Room
from shared.room.sessions import Entered
from shared.web.auth import alive, end_session, refuse_other_sites, start_session
from shared.web.console import Viewer, console
from shared.web.edge import edge_of, room_named
from shared.web.errors import HttpProblem, unauthenticated
from shared.web.i18n import COOKIE as LANGUAGE
from shared.web.i18n import LOCALES
from shared.web.login import admission, admit, form
from shared.web.pages import BACK_PATH, LOGIN_PATH, local_path, login_page, signed_in_page

router = APIRouter(include_in_schema=False)

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
Viewing = Annotated[Viewer, Depends(console("dispatch"))]
YEAR = 365 * 24 * 3600


@router.get("/")
async def first_page(viewer: Viewing) -> Response:
    """To where the day of somebody with these posts begins."""
    return RedirectResponse(viewer.first_page, 303)


@router.get("/language/{code}")
async def choose_language(request: Request, code: str) -> Response:
    """Back to the page from which it was asked for, in the other language."""
    back = urlsplit(request.headers.get("referer", ""))
    target = local_path(f"{back.path}?{back.query}" if back.query else back.path)
    response = RedirectResponse(target, 303)
    if code in LOCALES:
        response.set_cookie(LANGUAGE, code, max_age=YEAR, samesite="lax", secure=request.url.scheme == "https")
    return response


@router.get(LOGIN_PATH)
async def show_login(request: Request, next: str | None = None, again: str | None = None) -> Response:
    """`again`: who has to sign in once more, because a page of his waits for it; whoever is signed in instead goes on
    to nowhere.
    """
    target = local_path(next)
    found = await alive(request)
    if found is not None and again in (None, found.person):
        return RedirectResponse(target, 303)
    return login_page(request, next_path=target, name=(again or "")[:200], oidc=edge_of(request).oidc is not None)


@router.get(BACK_PATH)
async def back(request: Request) -> Response:
    """Where a window ends that was opened to sign in beside a page that waits: it tells that page."""
    if await alive(request) is None:
        return RedirectResponse(f"{LOGIN_PATH}?next={BACK_PATH}", 303)
    return signed_in_page(request)


@router.post(LOGIN_PATH)
async def take_login(request: Request, room: Dispatch) -> Response:
    fields = await form(request)
    target, name = local_path(fields.get("next")), fields.get("name", "").strip()
    try:
        admitted = await admit(request, room, name, fields.get("password", ""), sign_in, fields.get("new_password"))
    except HttpProblem as problem:
        return login_page(
            request,
            next_path=target,
            name=name[:200],
            error=problem.detail,
            ask_new=problem.code == "password.must_change",
            status=problem.status_code,
            headers=problem.headers,
        )
    except Refused as refused:
        ask_new = refused.field == "new_password"
        return login_page(request, next_path=target, name=name[:200], error=refused.detail, ask_new=ask_new, status=422)
    response = RedirectResponse(target, 303)
    start_session(request, response, admitted.token)
    return response


@router.post("/session/renew")
async def renew(request: Request, room: Dispatch) -> Response:
    """A fresh cookie for a session that goes on; the console asks for it while somebody works."""
    refuse_other_sites(request)
    found = await alive(request)
    if found is None or found.session is None or not await renew_session(room, found.session):
        raise unauthenticated()
    admitted = await admission(request, room, Entered(found.person, found.session))
    response = JSONResponse({"expires_at": admitted.expires_at.isoformat()})
    start_session(request, response, admitted.token)
    return response


@router.post("/logout")
async def logout(request: Request, room: Dispatch) -> Response:
    """The session ends everywhere, not only in this browser."""
    refuse_other_sites(request)
    found = await alive(request)
    if found is not None and found.session is not None:
        ending = Command("session.end", Actor("person", person=found.person), None, {"session": str(found.session)})
        with suppress(Refused):
            await carry_out(room, ending, sign_out)
    response = RedirectResponse(LOGIN_PATH, 303)
    end_session(request, response)
    return response
