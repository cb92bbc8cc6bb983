"""The group office's list of accounts, and everybody's own."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.dispatch.domain.passwords import SHORTEST
from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.pages.directory_words import place_name, unit_name
from services.dispatch.usecases.accounts import accounts
from services.dispatch.usecases.locked import locked_until
from services.dispatch.usecases.sessions import sessions_of
from shared.kernel.errors import Code, Refused
from shared.org.model import POST_LABELS
from shared.room.room import Room
from shared.web.auth import alive
from shared.web.console import Viewer, allowed
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported
from shared.web.pages import local
from shared.web.phrases import joined, words

router = APIRouter()

PATH, OWN = "/admin/accounts", "/account"
STATES = {
    "open": "正常",
    "new": "待首次登录",
    "locked": "暂时锁定",
    "disabled": "已停用",
    "left": "已离职",
    "none": "未开通",
}
TONES = {"open": "good", "new": "info", "locked": "warn", "disabled": "bad", "left": "bad", "none": ""}


@router.get(PATH)
async def listed(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query, form = asked(request, "q", "state"), export_of(request)
    wanted = query.get("q", "").lower()
    rows = [
        row
        for row in await _rows(room, viewer)
        if query.get("state") in (None, row["state"])
        and (not wanted or wanted in row["name"].lower() or wanted in row["login"].lower())
    ]
    list_ = Listing(
        title="账号",
        path=PATH,
        columns=[
            Column("姓名", lambda row: row["name"]),
            Column("用户名", lambda row: row["login"], kind="fixed"),
            Column("岗位", lambda row: row["posts"]),
            Column("状态", lambda row: STATES[row["state"]], kind="tag", tone=lambda row: TONES[row["state"]]),
            Column("最近登录", lambda row: local(row["last_sign_in_at"], viewer), kind="fixed"),
            Column("登录中", lambda row: row["sessions"] or "", kind="num"),
        ],
        rows=rows,
        query=query,
        filters=[Filter("q", "姓名或用户名", kind="search"), Filter("state", "状态", list(STATES.items()))],
        in_memory=True,
        total=len(rows),
        empty="还没有账号。",
    )
    if form:
        return exported(list_, form, "accounts")
    return pages.render(request, "accounts.html", viewer=viewer, list=list_)


@router.get(PATH + "/one")
async def one(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """What may be done with one account (?person=); in a dialog or on a page of its own."""
    viewer.require(allowed(PATH))
    person = request.query_params.get("person", "")
    found = next((row for row in await _rows(room, viewer) if row["person"] == person), None)
    if found is None:
        raise Refused(Code.not_found, "没有这个账号")
    within = request.headers.get("hx-request") == "true"
    return pages.render(
        request,
        "parts/account_acts.html" if within else "account_acts.html",
        viewer=viewer,
        path=PATH,
        account=found,
        address=f"/api/v1/accounts/{quote(found['login'], safe='')}",
        state=STATES[found["state"]],
        tone=TONES[found["state"]],
        own=found["person"] == viewer.person,
    )


@router.get(OWN)
async def own(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    """Everybody's own: password, sign-ins, language, posts."""
    found = await alive(request)
    this = str(found.session) if found and found.session else ""
    person = viewer.directory.person(viewer.person)
    return pages.render(
        request,
        "account.html",
        viewer=viewer,
        mobile=person.mobile if person else None,
        posts=[_post(viewer, held) for held in viewer.held],
        sessions=[one | {"this": one["session"] == this} for one in await sessions_of(room, viewer.person)],
        shortest=SHORTEST,
    )


async def _rows(room: Room, viewer: Viewer) -> list[dict[str, Any]]:
    """Every account, and who of the directory has none; by name."""
    found, locked, now = await accounts(room, viewer.actor), await locked_until(room), room.clock.now()
    rows = [one | {"state": _state(one, one["login"].casefold() in locked)} for one in found["items"]]
    rows += [{"login": "", "sessions": 0, "last_sign_in_at": None, "state": "none", **one} for one in found["without"]]
    for row in rows:
        until = locked.get(row["login"].casefold())
        row["locked_until"] = until.isoformat() if until else None
        held = viewer.directory.posts_of(row["person"], now)
        row["posts"] = joined("、", dict.fromkeys(words(POST_LABELS[each.post]) for each in held))
    return sorted(rows, key=lambda row: (row["name"], row["login"]))


def _state(account: dict[str, Any], locked: bool) -> str:
    if account["disabled_at"]:
        return "disabled"
    if not account["in_directory"]:
        return "left"
    if locked:
        return "locked"
    return "new" if account["must_change"] else "open"


def _post(viewer: Viewer, held: Any) -> dict[str, Any]:
    directory = viewer.directory
    where = (place_name(directory, held.scope), unit_name(directory, held.scope, held.unit))
    return {
        "name": POST_LABELS[held.post],
        "where": " · ".join(part for part in where if part),
        "since": held.since,
        "until": held.until,
        "for": None if held.person == viewer.person else directory.name_of(held.person),
    }
