"""The page that lists what was sent."""

from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from services.notify.domain.message import Status
from services.notify.domain.templates import TEMPLATES
from services.notify.usecases import reads
from services.notify.usecases.numbers import numbers
from shared.room.room import Actor, Room
from shared.web.auth import Person
from shared.web.edge import room_named
from shared.web.pages import Pages

router = APIRouter(include_in_schema=False)
pages = Pages("services.notify")

Notify = Annotated[Room, Depends(room_named("notify"))]
PER_PAGE = 50

TEMPLATE_LABELS = {
    "order.issued": "督办令签发",
    "reminder.daily": "每日提醒",
    "urge.leader": "督促分管领导",
    "urge.chairman": "督促董事长",
    "customer.registered": "登记告知客户",
    "customer.survey": "结案告知客户",
}
CHANNEL_LABELS = {"sms": "短信"}


@router.get("/messages/")
async def messages(
    request: Request,
    viewer: Person,
    room: Notify,
    template: Annotated[str | None, Query(max_length=100)] = None,
    day: Annotated[str | None, Query(max_length=10)] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    chosen = _day(day)
    found = await reads.messages(
        room,
        Actor("person", person=viewer),
        template=template or None,
        day=chosen,
        cursor=cursor or None,
        limit=PER_PAGE,
    )
    async with room.db.read() as session:
        directory = await room.directory(session)
    zone = directory.zone("")
    named = await numbers(room, (each for message in found["messages"] for each in message["complaints"]))
    kept = {"template": template or "", "day": chosen.isoformat() if chosen else ""}
    return pages.render(
        request,
        "messages.html",
        viewer=directory.name_of(viewer),
        messages=[_shown(message, named, zone) for message in found["messages"]],
        templates={name: TEMPLATE_LABELS.get(name, name) for name in TEMPLATES},
        chosen=kept,
        filtered=any(kept.values()),
        later=bool(cursor),
        first=f"/messages/?{urlencode(kept)}",
        older=f"/messages/?{urlencode(kept | {'cursor': found['next']})}" if found["next"] else None,
    )


def _day(text: str | None) -> date | None:
    """An empty or unreadable date filters nothing: browsers send the field also when it was not filled in."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _shown(message: dict[str, Any], named: dict[str, str], zone: Any) -> dict[str, Any]:
    at = datetime.fromisoformat(message["sent_at"] or message["created_at"]).astimezone(zone)
    return {
        "at": at.isoformat(timespec="seconds"),
        "day": f"{at:%Y-%m-%d}",
        "time": f"{at:%H:%M:%S}",
        "to": message["to_name"],
        "address": message["address"],
        "template": TEMPLATE_LABELS.get(message["template"], message["template"]),
        "channel": CHANNEL_LABELS.get(message["channel"], message["channel"]),
        "status": message["status_name"],
        "bad": message["status"] in (Status.failed, Status.uncertain),
        "waiting": message["status"] in (Status.queued, Status.sending),
        "text": message["text"] or "（内容仅收件人可见）",
        "numbers": [named[each] for each in message["complaints"] if each in named],
    }
