"""Signing in through the company's own identity provider, where one is set."""

import base64
import json
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.dispatch.usecases.sign_in import enter_as
from shared.kernel.errors import Code, Refused
from shared.room.room import Room
from shared.web.auth import start_session
from shared.web.edge import TheEdge, room_named
from shared.web.login import admission
from shared.web.oidc import NotProven, OidcClient, Pending
from shared.web.pages import local_path, login_page

log = structlog.get_logger(__name__)

PATH = "/login/oidc"
COOKIE = "ccrm_oidc"
MINUTES_10 = 600

router = APIRouter(include_in_schema=False)

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]


def _provider(edge: TheEdge) -> OidcClient:
    if edge.oidc is None:
        raise Refused(Code.not_found, "没有设置统一身份登录")
    return edge.oidc


Provider = Annotated[OidcClient, Depends(_provider)]


@router.get(PATH)
async def begin(request: Request, provider: Provider, edge: TheEdge, next: str | None = None) -> Response:
    url, pending = await provider.begin(_back(request, edge.public_address))
    kept = json.dumps([pending.state, pending.nonce, pending.verifier, local_path(next)])
    response = RedirectResponse(url, 303)
    # Lax: the provider sends the browser back by a plain navigation.
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(kept.encode()).decode(),
        max_age=MINUTES_10,
        path=PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(f"{PATH}/callback")
async def finish(request: Request, provider: Provider, room: Dispatch, edge: TheEdge) -> Response:
    pending, target = _kept(request)
    given = request.query_params
    try:
        if pending is None or "code" not in given or "state" not in given:
            raise NotProven(given.get("error", "no sign-in is under way in this browser")[:100])
        claims = await provider.finish(pending, given["state"], given["code"], _back(request, edge.public_address))
        entered = await enter_as(room, _logins(claims))
    except NotProven as reason:
        log.warning("web.oidc_failed", reason=str(reason))
        return _failed(request, target, "统一身份登录没有成功，请重试或以用户名登录")
    except Refused as refused:
        return _failed(request, target, refused.detail)
    admitted = await admission(request, room, entered)
    log.info("web.signed_in", person=entered.person, by="oidc")
    response = RedirectResponse(target, 303)
    response.delete_cookie(COOKIE, path=PATH)
    start_session(request, response, admitted.token)
    return response


def _failed(request: Request, target: str, error: str) -> Response:
    response = login_page(request, next_path=target, error=error, status=401, oidc=True)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def _logins(claims: dict[str, object]) -> list[str]:
    """By which names he may have an account; an address nobody has verified is nobody's."""
    names = [claims.get("preferred_username")]
    if claims.get("email_verified", True) is True:
        names.append(claims.get("email"))
    return [name for name in names if isinstance(name, str) and name]


def _back(request: Request, public_address: str | None) -> str:
    """The address the provider knows us by: as it was set, else as the browser came."""
    return f"{public_address or str(request.base_url).rstrip('/')}{PATH}/callback"


def _kept(request: Request) -> tuple[Pending | None, str]:
    try:
        raw = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        state, nonce, verifier, target = json.loads(raw)
        if all(isinstance(one, str) for one in (state, nonce, verifier, target)):
            return Pending(state, nonce, verifier), local_path(target)
    except (ValueError, TypeError):
        pass
    return None, "/"
