"""Who is asking: a person by a signed token (header or cookie), or the customer of one case by its tracking token."""

from typing import Annotated
from urllib.parse import unquote, urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from shared.room.room import Actor, Came, Room
from shared.room.sessions import is_ended
from shared.web.body import storable
from shared.web.crowding import refuse_crowding
from shared.web.edge import CustomerOf, edge_of
from shared.web.errors import HttpProblem, unauthenticated
from shared.web.rates import network
from shared.web.tokens import LIFETIME, Identity

COOKIE = "ccrm_session"
TRACKING_HEADER = "x-tracking-token"
FILLED_IN_BY = "x-signed-in-as"
"""Who was signed in when the page that sends this was opened (percent-encoded): never sent in another's name."""

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


async def alive(request: Request) -> Identity | None:
    """The person whose session has not been ended, as far as this process has been told; None for nobody.

    Raises a 401 problem where a page that somebody else opened in this browser sends what he filled in.
    """
    found = identity(request)
    page_of = request.headers.get(FILLED_IN_BY)
    if found is not None and page_of is not None and unquote(page_of) != found.person:
        raise unauthenticated("此页由另一用户打开，请由其本人重新登录后提交")
    if found is not None and request.method not in _SAFE:
        refuse_crowding(request, person=found.person)
    if found is None or found.session is None:
        return found
    rooms: dict[str, Room] = request.app.state.rooms
    # Where several rooms share a process, dispatch knows it first.
    room = rooms.get("dispatch") or next(iter(rooms.values()))
    return None if await is_ended(room, found.session) else found


async def signed_in(request: Request) -> str:
    """The person's id. Raises a 401 problem (for a page: goes to the sign-in page)."""
    found = await alive(request)
    if found is None:
        raise unauthenticated()
    return found.person


Person = Annotated[str, Depends(signed_in)]


async def actor(request: Request, room: Room) -> Actor | None:
    """The person, or the customer where the room knows customers; None for nobody. A wrong token is a 401.

    A tracking token that is sent as such goes before whoever is signed in: on a terminal the customer acts for
    himself in the officer's browser (003§16).
    """
    tracking = request.headers.get(TRACKING_HEADER)
    if tracking is not None:
        refuse_crowding(request)
    if tracking is not None and (customer := await _customer(request, room, tracking)) is not None:
        return customer
    found = await alive(request)
    if found is not None:
        return Actor("person", person=found.person)
    refuse_crowding(request)
    token = _bearer(request) or tracking
    if token is None:
        return None
    if (customer := await _customer(request, room, token)) is not None:
        return customer
    raise unauthenticated("登录凭证无效或已过期")


async def _customer(request: Request, room: Room, token: str) -> Actor | None:
    customer_of: CustomerOf | None = room.extra.get("customer_of")
    if customer_of is None or not storable(token) or len(token) > 200:
        return None
    opened = await customer_of(room, token)
    if opened is None:
        return None
    complaint_id, way = opened
    address = request.client.host if request.client else "?"
    return Actor("customer", complaint_id=complaint_id, came=Came(way, network(address), beside(request)))


def beside(request: Request) -> str | None:
    """Who is signed in in the browser of somebody who acts as a customer; nothing is allowed or refused by it alone. A
    program that says itself who it is (a bearer's token) is no browser.
    """
    if request.headers.get("authorization") is not None:
        return None
    try:
        found = identity(request)
    except HttpProblem:
        return None
    return found.person if found else None


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
