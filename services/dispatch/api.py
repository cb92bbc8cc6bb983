"""Dispatch over HTTP: sign-in, the lists, and the whole of a case put together from all rooms."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from services.dispatch.domain.passwords import one_time_password
from services.dispatch.usecases import accounts, reads
from services.dispatch.usecases.delegate import EnterAbsence, absences
from services.dispatch.usecases.hand_over import HandOver
from services.dispatch.usecases.rotate import due_rotations
from services.dispatch.usecases.sessions import sessions_of, sign_out
from services.dispatch.usecases.sign_in import sign_in
from shared.kernel.errors import Code, Refused
from shared.org.acting import posts_for
from shared.org.model import POST_LABELS
from shared.room.audit import trail
from shared.room.commands import carry_out, execute, parse
from shared.room.reading import READ, readers
from shared.room.room import Actor, Command, Room
from shared.web.auth import Person, alive, bearer_of
from shared.web.body import json_object
from shared.web.commands import idempotency_key
from shared.web.edge import Edge, TheEdge, room_named
from shared.web.errors import unauthenticated
from shared.web.login import admit
from shared.web.peers import Part

router = APIRouter(prefix="/api/v1")

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
AccountAct = Literal["disable", "enable", "reset", "sign-out"]
Limit = Annotated[int, Query(ge=1, le=200)]
WITNESSES = ("intake", "sla")
"""Rooms that answer for a case only to who may see it. Notify does not: it also knows who was once written to."""

Cursor = Annotated[str | None, Query(max_length=500)]
Filter = Annotated[str | None, Query(max_length=200)]


class Login(BaseModel):
    """A sign-in by name and password."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)
    new_password: str | None = Field(None, max_length=1000)


class Token(BaseModel):
    token: str
    person: str
    name: str
    expires_at: datetime


class OwnPassword(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    old: str = Field(min_length=1, max_length=1000)
    new: str = Field(min_length=1, max_length=1000)


class NewAccount(BaseModel):
    """`login` is the person's id unless another is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: str = Field(min_length=1, max_length=200)
    login: str | None = Field(None, pattern=r"^[^\s\x00-\x1f/]{1,200}$")


def _body(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


SUMMARY = (
    "number", "version", "state", "project", "kind", "validity", "category", "severity", "severity_reason",
    "first_department", "liable", "leader",
)  # fmt: skip
"""What stands at the top of a whole case: the words of a replay's outcome."""


@router.post("/login", summary="登录", tags=["session"], openapi_extra=_body(Login))
async def login(request: Request, room: Dispatch) -> Token:
    given = parse(Login, await json_object(request))
    admitted = await admit(request, room, given.name, given.password, sign_in, given.new_password)
    return Token(token=admitted.token, person=admitted.person, name=admitted.name, expires_at=admitted.expires_at)


@router.get("/me", summary="当前用户", tags=["session"])
async def me(request: Request, room: Dispatch) -> dict[str, Any]:
    found = await alive(request)
    if found is None:
        raise unauthenticated()
    async with room.db.read() as session:
        directory = await room.directory(session)
    posts = posts_for(directory, found.person, room.clock.now())
    return {
        "person": found.person,
        "name": directory.name_of(found.person),
        "posts": [
            {
                "post": held.post,
                "post_name": POST_LABELS[held.post],
                "scope": held.scope,
                "unit": held.unit,
                "on_behalf_of": None if held.person == found.person else held.person,
            }
            for held in posts
        ],
        "expires_at": found.expires_at,
    }


@router.post("/directory/hand-overs", summary="岗位交接", tags=["directory"], openapi_extra=_body(HandOver))
async def hand_overs(request: Request, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    """自 from 起由 to 接任；此前的时限与扣罚仍归原任职人。限集团售后服务中心副总经理、总经理。"""
    return await _change(request, viewer, room, edge, "directory.hand_over")


@router.post("/absences", summary="请假与代理", tags=["directory"], openapi_extra=_body(EnterAbsence))
async def enter_absence(request: Request, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    """本人请假期间由 delegate 代办；集团售后服务中心可为他人登记（person）。同一 from 再次登记即为修改。"""
    return await _change(request, viewer, room, edge, "absence.enter")


@router.get("/absences", summary="请假与代理列表", tags=["directory"])
async def list_absences(viewer: Person, room: Dispatch) -> dict[str, Any]:
    return {"items": await absences(room, Actor("person", person=viewer))}


@router.get("/rotations", summary="到期轮岗的客服专员", tags=["directory"])
async def list_rotations(viewer: Person, room: Dispatch) -> dict[str, Any]:
    """任职期满或即将期满的客服专员，先到期者在前。"""
    return {"items": await due_rotations(room, Actor("person", person=viewer))}


async def _change(request: Request, viewer: str, room: Room, edge: Edge, name: str) -> dict[str, Any]:
    """A change of the directory by the same pipeline as every command: audited, refused by rule, given once a key."""
    command = Command(name, Actor("person", person=viewer), None, await json_object(request))
    answer = await execute(room, command, idempotency_key=idempotency_key(request))
    await edge.settle()
    return answer


@router.post("/logout", summary="退出登录", tags=["session"])
async def logout(request: Request, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    """本次登录的凭证随即在所有服务失效。"""
    found = await alive(request)
    if found is None or found.session is None:
        raise Refused(Code.not_found, "没有这个登录会话")
    return await _end(room, edge, viewer, found.session)


@router.get("/sessions", summary="本人的登录", tags=["session"])
async def list_sessions(viewer: Person, room: Dispatch) -> dict[str, Any]:
    return {"items": await sessions_of(room, viewer)}


@router.post("/sessions/{session_id}/end", summary="结束本人的一次登录", tags=["session"])
async def end_one(session_id: UUID, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    return await _end(room, edge, viewer, session_id)


async def _end(room: Room, edge: Edge, viewer: str, session_id: UUID) -> dict[str, Any]:
    ending = Command("session.end", Actor("person", person=viewer), None, {"session": str(session_id)})
    answer = await carry_out(room, ending, sign_out)
    await edge.settle()
    return answer


@router.post("/password", summary="修改本人密码", tags=["session"], openapi_extra=_body(OwnPassword))
async def own_password(request: Request, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    """须给出原密码；本人的其他登录随即失效。"""
    given, found = parse(OwnPassword, await json_object(request)), await alive(request)
    session = found.session if found else None
    answer = await accounts.change_password(room, Actor("person", person=viewer), given.old, given.new, session=session)
    await edge.settle()
    return answer


@router.get("/accounts", summary="账号列表", tags=["accounts"])
async def list_accounts(viewer: Person, room: Dispatch) -> dict[str, Any]:
    """全部账号与最近登录时间，以及尚无账号的人员。限集团售后服务中心副总经理、总经理。"""
    return await accounts.accounts(room, Actor("person", person=viewer))


@router.post("/accounts", status_code=201, summary="开通账号", tags=["accounts"], openapi_extra=_body(NewAccount))
async def open_one(request: Request, viewer: Person, room: Dispatch) -> dict[str, Any]:
    """一次性密码只在此显示一次，首次登录须修改。"""
    given, who = parse(NewAccount, await json_object(request)), Actor("person", person=viewer)
    return await accounts.open_account(room, who, given.person, given.login or given.person, one_time_password())


@router.post("/accounts/{login}/{act}", summary="停用、启用、重置密码、强制退出", tags=["accounts"])
async def change_account(login: str, act: AccountAct, viewer: Person, room: Dispatch, edge: TheEdge) -> dict[str, Any]:
    """disable、reset、sign-out 均使该账号的全部登录失效；reset 给出一次性密码。"""
    who = Actor("person", person=viewer)
    match act:
        case "disable":
            answer = await accounts.disable_account(room, who, login)
        case "enable":
            answer = await accounts.enable_account(room, who, login)
        case "reset":
            answer = await accounts.reset_password(room, who, login, one_time_password())
        case "sign-out":
            answer = await accounts.end_sessions_of(room, who, login)
    await edge.settle()
    return answer


@router.get("/complaints", summary="投诉列表", tags=["reads"])
async def complaints(
    viewer: Person,
    room: Dispatch,
    state: Filter = None,
    project: Filter = None,
    q: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """职责范围内的投诉，新的在前。q 查编号、房号、姓名或电话。"""
    who = Actor("person", person=viewer)
    return await reads.cases(room, who, state=state, project=project, q=q, cursor=cursor, limit=limit)


@router.get("/tasks", summary="待办", tags=["reads"])
async def tasks(viewer: Person, room: Dispatch) -> dict[str, Any]:
    """等待本人处理的事项，等得最久的在前。"""
    return {"items": await reads.tasks(room, Actor("person", person=viewer))}


@router.get("/parts/dispatch/complaints/{complaint_id}", summary="案件（督办部分）", tags=["parts"])
async def part(complaint_id: UUID, viewer: Person, room: Dispatch) -> dict[str, Any]:
    # Before the read itself is on record.
    audit = sorted([*await trail(room, complaint_id), *await readers(room, complaint_id)], key=lambda one: one["at"])
    return {"case": await reads.case(room, Actor("person", person=viewer), complaint_id), "audit": audit}


@router.get("/acts/{act_id}/signature", summary="办理中的客户签字图片", tags=["reads"], response_class=Response)
async def act_signature(act_id: UUID, viewer: Person, room: Dispatch) -> Response:
    """visit.record、plan.enter、closure.apply、closure.close 提交的手写签字；办理本案的人员可见。"""
    image = await reads.drawing(room, Actor("person", person=viewer), act_id)
    return Response(image, media_type="image/png", headers={"Content-Security-Policy": "default-src 'none'; sandbox"})


@router.get("/complaints/{complaint_id}", summary="案件全貌", tags=["reads"])
async def complaint(
    request: Request, complaint_id: UUID, viewer: Person, room: Dispatch, edge: TheEdge
) -> dict[str, Any]:
    """记录、案件、时限、扣罚、消息与操作记录。暂时不可用的部分列在 unavailable，尚未到达的列在 pending。"""
    own: dict[str, Any] | None = None
    try:
        own = await part(complaint_id, viewer, room)
    except Refused as refused:
        if refused.code is not Code.not_found:
            raise
    parts = await edge.peers.parts(complaint_id, bearer_of(request) or "")
    if own is None and not any(parts[name].given for name in WITNESSES if name in parts):
        raise Refused(Code.not_found, "没有这宗投诉")
    return _whole(complaint_id, own, parts)


def _whole(complaint_id: UUID, own: dict[str, Any] | None, parts: dict[str, Part]) -> dict[str, Any]:
    """One answer out of what every room said; what a room did not say is told apart by why."""
    given = {name: each.body for name, each in parts.items() if each.given}
    if own is not None:
        given["dispatch"] = own
    silent = {name: each.status for name, each in parts.items() if not each.given}
    audit = _once([{"room": name, **entry} for name, body in given.items() for entry in body.get("audit", ())])
    case = given.get("dispatch", {}).get("case") or given.get("intake", {}).get("record") or {}
    return {
        "complaint": str(complaint_id),
        **{key: case.get(key) for key in SUMMARY},
        "record": given.get("intake", {}).get("record"),
        "case": given.get("dispatch", {}).get("case"),
        "clocks": given.get("sla", {}).get("clocks", []),
        "penalties": given.get("sla", {}).get("penalties", []),
        "proposals": given.get("sla", {}).get("proposals", []),
        "messages": given.get("notify", {}).get("messages", []),
        "audit": sorted(audit, key=lambda entry: str(entry["at"])),
        "unavailable": sorted(name for name, status in silent.items() if status not in (403, 404)),
        "pending": sorted([name for name, status in silent.items() if status == 404] + ["dispatch"] * (own is None)),
        "withheld": sorted(name for name, status in silent.items() if status == 403),
    }


def _once(audit: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who reads a case reads it in several rooms: one entry an hour tells it."""
    first: set[tuple[str, str]] = set()
    kept = []
    for entry in audit:
        key = entry["actor"], str(entry["at"])[:13]
        if entry["command"] != READ or key not in first:
            kept.append(entry)
        if entry["command"] == READ:
            first.add(key)
    return kept
