"""Who is asking: a person by a signed token (header or cookie), or the customer of one case by its tracking token."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from shared.room.room import Actor, Room
from shared.web.body import storable
from shared.web.edge import CustomerOf, edge_of
from shared.web.errors import HttpProblem, unauthenticated
from shared.web.tokens import LIFETIME, Identity

COOKIE = "ccrm_session"
TRACKING_HEADER = "x-tracking-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def identity(request: Request) -> Identity | None:
    """The person who signed in, or None. Never the cookie for a request that another site may have caused."""
    edge = edge_of(request)
    token = _bearer(request)
    if token is None:
        token = request.cookies.get(COOKIE)
        if token is not None and request.method not in _SAFE:
            refuse_other_sites(request)
    return edge.verifier.identity(token, edge.clock.now()) if token else None


def signed_in(request: Request) -> str:
    """The person's id. Raises a 401 problem (for a page: goes to the sign-in page)."""
    found = identity(request)
    if found is None:
        raise unauthenticated()
    return found.person


Person = Annotated[str, Depends(signed_in)]


async def actor(request: Request, room: Room) -> Actor | None:
    """The person, or the customer where the room knows customers; None for nobody. A wrong token is a 401."""
    found = identity(request)
    if found is not None:
        return Actor("person", person=found.person)
    token = _bearer(request) or request.headers.get(TRACKING_HEADER)
    if token is None:
        return None
    customer_of: CustomerOf | None = room.extra.get("customer_of")
    if customer_of is not None and storable(token) and len(token) <= 200:
        complaint_id = await customer_of(room, token)
        if complaint_id is not None:
            return Actor("customer", complaint_id=complaint_id)
    raise unauthenticated("登录凭证无效或已过期")


def refuse_other_sites(request: Request) -> None:
    """Browsers say where a request comes from; what says nothing is no browser and carries no cookie by accident."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site in ("same-origin", "none")
    else:
        own = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not own:
        raise HttpProblem(403, "forbidden", "请求来自其他网站，已拒绝")


def start_session(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def end_session(request: Request, response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https")


def bearer_of(request: Request) -> str | None:
    """The caller's own token, to ask another room in his name."""
    return _bearer(request) or request.cookies.get(COOKIE)


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Authorization 应为 Bearer 凭证")
    return token.strip()
