"""Signing in, for the API and the sign-in page alike: slow for guessers, a signed token for the rest."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

import structlog
from fastapi import Request

from shared.kernel.errors import Code, Refused, Transient
from shared.room.room import Room
from shared.room.sessions import Attempt, Entered, LockedOut, MustChange
from shared.web.auth import refuse_other_sites
from shared.web.body import storable
from shared.web.edge import edge_of
from shared.web.errors import HttpProblem
from shared.web.phrases import phrase

log = structlog.get_logger(__name__)

SignIn = Callable[[Room, Attempt], Awaitable[Entered]]
"""Raises LockedOut, MustChange, or Refused: role.not_allowed for a wrong pair."""

_MAX_FORM_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Admission:
    token: str
    person: str
    name: str
    expires_at: datetime


async def admit(
    request: Request, room: Room, name: str, password: str, sign_in: SignIn, new_password: str | None = None
) -> Admission:
    """Raises a 401 problem for a wrong pair, alike for an unknown name, 429 after too many of them, and 403 where a
    password that was given to him must be changed first.
    """
    name = name.strip()
    if not all(storable(text) for text in (name, password, new_password or "")):
        raise Refused(Code.field_invalid, "用户名或密码中含有无法保存的字符", field="name")
    if edge_of(request).signer is None:
        raise Transient("this process holds no signing key")
    address = address_of(request)
    try:
        entered = await sign_in(room, Attempt(name, password, address, new_password))
    except LockedOut as locked:
        log.warning("web.sign_in_refused", login=name[:100], address=address)
        raise too_many(locked.wait) from locked
    except MustChange as change:
        raise HttpProblem(403, "password.must_change", "请设置新密码后登录", field="new_password") from change
    except Refused as refused:
        if refused.code is not Code.role_not_allowed:
            raise
        log.warning("web.sign_in_failed", login=name[:100], address=address)
        raise HttpProblem(401, "unauthenticated", "用户名或密码不正确") from refused
    log.info("web.signed_in", person=entered.person)
    return await admission(request, room, entered)


async def admission(request: Request, room: Room, entered: Entered) -> Admission:
    """A token of the session. Raises Transient where this process cannot sign."""
    edge = edge_of(request)
    if edge.signer is None:
        raise Transient("this process holds no signing key")
    token, identity = edge.signer.token(entered.person, edge.clock.now(), entered.session)
    async with room.db.read() as session:
        directory = await room.directory(session)
    return Admission(token, entered.person, directory.name_of(entered.person), identity.expires_at)


def address_of(request: Request) -> str:
    return request.client.host if request.client else "?"


def too_many(wait: timedelta) -> HttpProblem:
    minutes = math.ceil(wait / timedelta(minutes=1))
    return HttpProblem(
        429,
        "too_many_requests",
        phrase("登录失败次数过多，请 %(n)s 分钟后再试", n=minutes),
        headers={"Retry-After": str(math.ceil(wait.total_seconds()))},
    )


async def form(request: Request) -> dict[str, str]:
    """A submitted form's fields. Raises a 403 problem where another site submitted it."""
    refuse_other_sites(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HttpProblem(415, "unsupported_type", "请以表单提交", field="Content-Type")
    raw = await request.body()
    try:
        fields = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        raise Refused(Code.field_invalid, "无法理解的表单", field="body") from None
    return dict(fields)
