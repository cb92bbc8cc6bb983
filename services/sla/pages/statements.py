"""H5, H3: the monthly statements as they were frozen; and the bonus bases that HR gives."""

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.sla.pages.common import Sla, Viewing, people_choices, people_like, show
from services.sla.usecases import statements
from services.sla.usecases.bases import bases, without_base
from shared.kernel.errors import Code, Refused
from shared.org.model import Post
from shared.web.console import allowed
from shared.web.listing import asked

router = APIRouter()

PATH = "/ledger/statements"
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
LINES = 5
"""So many people can be typed at once; more come from a file."""


@router.get(PATH)
async def months(request: Request, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    found = await statements.months(room, viewer.actor)
    everybody = statements.people_seen(viewer.directory, viewer.actor, room.clock.now()) is None
    today = room.clock.now().astimezone(viewer.zone).date()
    return show(
        request, "statements.html", viewer, months=found["items"], everybody=everybody,
        gives=viewer.holds({Post.hr_centre}), month=f"{today:%Y-%m}",
    )  # fmt: skip


@router.get(f"{PATH}/bases")
async def given(request: Request, viewer: Viewing, room: Sla) -> Response:
    """What HR has given for a month, and the form to give more."""
    viewer.require(allowed(PATH))
    today = room.clock.now().astimezone(viewer.zone).date()
    month = request.query_params.get("month", "").strip() or f"{today:%Y-%m}"
    if not MONTH.fullmatch(month):
        raise Refused(Code.field_invalid, "month: 应为 2026-03 这样的月份", field="month")
    rows = await bases(room, viewer.actor, month)
    given_to = {row["person"] for row in rows}
    missing = [one for one in await without_base(room, month) if one["person"] not in given_to]
    return show(
        request, "bases.html", viewer, rows=rows, month=month, lines=LINES, missing=missing,
        gives=viewer.holds({Post.hr_centre}), people=people_choices(viewer.directory),
    )  # fmt: skip


@router.get(f"{PATH}/{{month}}")
async def one_month(request: Request, month: str, viewer: Viewing, room: Sla) -> Response:
    viewer.require(allowed(PATH))
    query = asked(request, "person")
    everybody = statements.people_seen(viewer.directory, viewer.actor, room.clock.now()) is None
    person, wrong = None, ""
    if "person" in query:
        like = people_like(viewer.directory, query["person"])
        person = like[0] if like else "-"
        wrong = "" if len(like) == 1 else "没有这个姓名。" if not like else "这个姓名不止一人，请填写完整姓名或工号。"
    found = await statements.statement(room, viewer.actor, month, person=person, cursor=query.get("cursor"), limit=25)
    return show(
        request, "statement.html", viewer, found=found, query=query, wrong=wrong, everybody=everybody,
        path=f"{PATH}/{month}", labels=statements.KIND_LABELS,
    )  # fmt: skip
