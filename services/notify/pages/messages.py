"""The page that lists what was sent, and what was sent about one case."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.notify.domain.case import CUSTOMER
from services.notify.domain.message import STATUS_LABELS, Status
from services.notify.pages.words import TEMPLATES, TONES, channel_name, template_name
from services.notify.usecases import reads
from services.notify.usecases.numbers import numbers
from shared.org.model import Directory
from shared.room.room import Room
from shared.room.trails import note
from shared.web.console import Viewer, console
from shared.web.edge import room_named
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import Pages
from shared.web.phrases import joined, phrase

router = APIRouter()
pages = Pages("services.notify")

Notify = Annotated[Room, Depends(room_named("notify"))]
Viewing = Annotated[Viewer, Depends(console("notify"))]

PATH = "/messages/"
HIDDEN = "（内容仅收件人可见）"
EMPTY = "还没有发出过消息。督办令签发后，责任人会立即收到通知；每日 9:30 发送未完成投诉的提醒。"


@router.get(PATH)
async def messages(request: Request, viewer: Viewing, room: Notify) -> Response:
    """Everybody's own; those of the group see all."""
    query, form = asked(request, "q", "template", "state", "day"), export_of(request)
    found = await whole(partial(_page, room, viewer, query), query, form)
    named = await numbers(room, (each for message in found["items"] for each in message["complaints"]))
    list_ = Listing(
        title="消息",
        path=PATH,
        columns=_columns(),
        rows=[_shown(message, named, viewer) for message in found["items"]],
        query=query,
        filters=[
            Filter("q", "收件人姓名", kind="search"),
            Filter("template", "类别", list(TEMPLATES.items())),
            Filter("state", "状态", [(one.value, name) for one, name in STATUS_LABELS.items()]),
            Filter("day", "日期", kind="date"),
        ],
        next=found["next_cursor"],
        empty=EMPTY,
    )
    if form:
        await note(room, viewer.actor, "messages.export", kind=form, rows=len(list_.rows), asked=dict(query))
        return exported(list_, form, "messages")
    return pages.render(request, "messages.html", viewer=viewer, list=list_)


@router.get(PATH + "cards/{complaint_id}")
async def card(request: Request, complaint_id: UUID, viewer: Viewing, room: Notify) -> Response:
    """A fragment: who was told what about the case. Of a message about several cases only that there was one."""
    told = await reads.of_case(room, viewer.actor, complaint_id)
    return pages.render(
        request, "message_card.html", viewer=viewer, messages=[_shown(message, {}, viewer) for message in told]
    )


async def _page(
    room: Room, viewer: Viewer, query: Mapping[str, str], cursor: str | None, limit: int
) -> dict[str, Any]:  # fmt: skip
    found = await reads.messages(
        room,
        viewer.actor,
        template=query.get("template"),
        day=_day(query.get("day")),
        status=query.get("state"),
        among=_people(viewer.directory, query["q"]) if "q" in query else None,
        cursor=cursor,
        limit=limit,
    )
    return {"items": found["messages"], "next_cursor": found["next"]}


def _people(directory: Directory, text: str) -> list[str]:
    if text == "客户":
        return [CUSTOMER]
    wanted = text.lower()
    return [one.id for one in directory.people if wanted in one.name.lower() or wanted in one.id.lower()]


def _columns() -> list[Column]:
    return [
        Column("时间", lambda row: f"{row['day']} {row['time']}", kind="fixed"),
        Column("收件人", lambda row: row["to"]),
        Column("号码", lambda row: row["address"], kind="fixed"),
        Column("类别", lambda row: row["template"]),
        Column("方式", lambda row: row["channel"]),
        Column("状态", lambda row: row["status"], kind="tag", tone=lambda row: row["tone"]),
        Column("回执", lambda row: row["receipt"]),
        Column("内容", lambda row: row["text"] or HIDDEN),
        Column("投诉编号", lambda row: "、".join(number for _, number in row["cases"])),
    ]


def _day(text: str | None) -> date | None:
    """An empty or unreadable date filters nothing: browsers send the field also when it was not filled in."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _shown(message: dict[str, Any], named: dict[str, str], viewer: Viewer) -> dict[str, Any]:
    at = datetime.fromisoformat(message["sent_at"] or message["created_at"]).astimezone(viewer.zone)
    return {
        "at": at.isoformat(timespec="seconds"),
        "day": f"{at:%Y-%m-%d}",
        "time": f"{at:%H:%M:%S}",
        "to": message["to_name"],
        "address": message["address"],
        "template": template_name(message["template"]),
        "channel": channel_name(message["channel"]),
        "status": message["status_name"],
        "tone": TONES[Status(message["status"])],
        "text": message["text"],
        "receipt": _receipt(message),
        "cases": [(each, named[each]) for each in message["complaints"] if each in named],
    }


def _receipt(message: Mapping[str, Any]) -> str:
    """What the gateway said of it; the number under which it knows the message."""
    tries = phrase("共发送 %(n)s 次", n=message["attempts"]) if message["attempts"] > 1 else ""
    number = phrase("回执号 %(number)s", number=message["reference"]) if message["reference"] else ""
    return joined("，", (message["detail"] or "", tries, number))
