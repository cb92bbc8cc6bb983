"""A room's dead letters: what it could not take, why, and handing it to the room once more; the same in every room."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from shared.bus.port import DeadLetter, DeadLetters
from shared.kernel.errors import Code, Refused, Transient
from shared.obs.redaction import masked, redacted
from shared.room.commands import carry_out
from shared.room.room import Command, Room, Tx
from shared.web.audit_page import Hidden
from shared.web.auth import refuse_other_sites
from shared.web.commands import idempotency_key
from shared.web.console import Viewer, allowed, console
from shared.web.edge import Edge, TheEdge, room_named
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported
from shared.web.pages import Pages, local

PATH = "/admin/dead"
TABS = (
    (PATH, "督办"),
    ("/intake/dead", "受理"),
    ("/ledger/dead", "时限与扣罚"),
    ("/messages/dead", "消息"),
)  # fmt: skip
REPLAY = "letter.replay"

_PERSONAL = frozenset(
    {"customer", "content", "text", "note", "reason", "plan", "opinion", "people", "mobile", "fields", "tracking",
     "contact", "number", "kind", "category", "severity_reason"}
)  # fmt: skip
_LONGEST = 20_000
_pages = Pages("shared.web")


def dead_page(name: str, path: str, hidden: Hidden) -> APIRouter:
    """The list at `path`, each letter below it; those of cases of which the viewer may not hear (B9) are not there."""
    router = APIRouter()
    Viewing = Annotated[Viewer, Depends(console(name))]
    Here = Annotated[Room, Depends(room_named(name))]

    @router.get(path)
    async def page(request: Request, viewer: Viewing, room: Here, edge: TheEdge) -> Response:
        viewer.require(allowed(PATH))
        return _listed(request, viewer, await _seen(room, viewer, _letters(edge), hidden), name, path)

    @router.get(path + "/{letter_id}")
    async def one(request: Request, letter_id: str, viewer: Viewing, room: Here, edge: TheEdge) -> Response:
        viewer.require(allowed(PATH))
        letters = await _seen(room, viewer, _letters(edge), hidden)
        found = next((each for each in letters if each.id == letter_id), None)
        if found is None:
            raise Refused(Code.not_found, "没有这个事件，可能已经重新处理")
        letter = asdict(found) | {"body": readable(found.body), "reason": masked(found.reason)}
        return _pages.render(request, "letter.html", viewer=viewer, letter=letter, list_path=path, path=PATH)

    @router.post(path + "/{letter_id}/replay")
    async def again(request: Request, letter_id: str, viewer: Viewing, room: Here, edge: TheEdge) -> JSONResponse:
        refuse_other_sites(request)
        key = idempotency_key(request)
        return JSONResponse(await replay(room, viewer, _letters(edge), letter_id, hidden, key=key))

    return router


async def _seen(room: Room, viewer: Viewer, letters: DeadLetters, hidden: Hidden) -> list[DeadLetter]:
    found = await letters.list(room.name)
    if not found:
        return []
    async with room.db.read() as session:
        secret = {str(each) for each in await hidden(room, session, viewer.directory, viewer.actor)}
    return [letter for letter in found if not any(each in letter.body for each in secret)]


async def replay(
    room: Room, viewer: Viewer, letters: DeadLetters, letter_id: str, hidden: Hidden, *, key: str | None = None
) -> dict[str, Any]:
    """letter.replay: on record, whether it went through or not. Raises Refused; what fails again stays."""
    failed: Exception | None = None
    done = False
    if viewer.holds(allowed(PATH)):
        # Before the record, not within it: the room takes the event in a transaction of its own.
        try:
            known = {letter.id for letter in await _seen(room, viewer, letters, hidden)}
            done = letter_id in known and await letters.replay(letter_id, room.name)
        except (ConnectionError, Transient):
            raise
        except Exception as error:
            failed = error

    async def work(tx: Tx, command: Command) -> dict[str, Any]:
        viewer.require(allowed(PATH))
        if failed is not None:
            raise Refused(Code.state_not_allowed, f"仍未能处理，事件留在原处：{_first_line(str(failed))}")
        if not done:
            raise Refused(Code.not_found, "没有这个事件，可能已经重新处理")
        return {"letter": letter_id}

    command = Command(REPLAY, viewer.actor, None, {"letter": letter_id})
    return await carry_out(room, command, work, idempotency_key=key)


def readable(body: str) -> str:
    """The event with what is personal in it left out: who looks for a fault needs its shape."""
    try:
        value = json.loads(body)
    except ValueError:
        return masked(body)[:_LONGEST]
    return json.dumps(redacted(_impersonal(value)), ensure_ascii=False, indent=2)[:_LONGEST]


def _impersonal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in _PERSONAL and item else _impersonal(item) for key, item in value.items()}
    return [_impersonal(item) for item in value] if isinstance(value, list) else value


def _listed(request: Request, viewer: Viewer, letters: Sequence[DeadLetter], name: str, path: str) -> Response:
    query, form = asked(request, "topic"), export_of(request)
    found = sorted(letters, key=lambda one: (one.dead_at is None, one.dead_at), reverse=True)
    topics = sorted({one.topic for one in found})
    chosen = [one for one in found if query.get("topic") in (None, one.topic)]
    list_ = Listing(
        title="未送达事件",
        path=path,
        columns=_columns(viewer, path),
        rows=[{"letter": one} for one in chosen],
        query=query,
        filters=[Filter("topic", "类别", [(one, one) for one in topics])],
        in_memory=True,
        empty="没有未送达的事件：其他服务发出的事件都已处理。",
        total=len(chosen),
    )
    if form:
        return exported(list_, form, f"dead-{name}")
    note = "这一服务多次处理失败的事件保存在此，不会丢失。排除原因后可以重新处理，重复处理不产生重复结果。"
    return _pages.render(request, "letters.html", viewer=viewer, list=list_, tabs=TABS, tab=path, path=PATH, note=note)


def _columns(viewer: Viewer, path: str) -> Sequence[Column]:
    def letter(row: Any) -> DeadLetter:
        found: DeadLetter = row["letter"]
        return found

    return [
        Column("时间", lambda row: local(letter(row).dead_at, viewer), kind="fixed"),
        Column("类别", lambda row: letter(row).topic, href=lambda row: f"{path}/{letter(row).id}"),
        Column("原因", lambda row: masked(_first_line(letter(row).reason))),
        Column("事件", lambda row: letter(row).id),
    ]


def _first_line(text: str) -> str:
    return (text.splitlines() or ["-"])[0][:200]


def _letters(edge: Edge) -> DeadLetters:
    if edge.letters is None:
        raise Transient("this process holds no dead letters")
    return edge.letters
