"""E13: the special meetings a viewer sees and what was agreed in them, each action with who, what, until when."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.dispatch.domain.duties import MINUTES
from services.dispatch.repository import rows_of
from services.dispatch.tables import COMPLAINT, MEETING, Complaint, Meeting
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.reads import shown_to
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.viewing import seen_by
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor, Room

MOST = 200
DONE, OPEN, LATE = "done", "open", "late"


async def meetings(
    room: Room, viewer: Actor, *, project: str | None = None, cursor: str | None = None, limit: int = 25
) -> dict[str, Any]:
    """A page of meetings, the latest first, a row for each action. An action is done when the case is handled: once
    its closure has been applied for, as the document has no report for one action alone (our reading).
    """
    limit = max(1, min(limit, MOST))
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        statement = (
            select(MEETING)
            .join(COMPLAINT, COMPLAINT.c.complaint_id == MEETING.c.complaint_id)
            .where(seen_by(directory, viewer, now, own))
            .order_by(MEETING.c.id.desc())
            .limit(limit + 1)
        )
        if project:
            statement = statement.where(COMPLAINT.c.project_id == project)
        if cursor:
            statement = statement.where(MEETING.c.id < _cursor(cursor))
        found = await rows_of(session, Meeting, statement)
        ids = {one.complaint_id for one in found}
        cases = await rows_of(session, Complaint, select(COMPLAINT).where(COMPLAINT.c.complaint_id.in_(ids)))
    known = {case.complaint_id: shown_to(room, directory, viewer, case) for case in cases}
    page = found[:limit]
    rows = [row for one in page for row in _rows(known[one.complaint_id], one)]
    return {"items": rows, "next_cursor": str(page[-1].id) if len(found) > limit else None}


def _rows(shown: Shown, meeting: Meeting) -> Iterator[dict[str, Any]]:
    case = shown.case
    clock = next((one for one in shown.policy.clock if any(t.on == "meeting_held" for t in one.start)), None)
    length = getattr(getattr(clock, "length", None), "elapsed", None)
    common = {
        "complaint_id": str(case.complaint_id),
        "number": case.number,
        "project_name": shown.summary()["project_name"],
        "chairman_name": shown.name(shown.holder("chairman")),
        "ended_at": shown.time(meeting.ended_at),
        "minuted_at": shown.time(meeting.minuted_at),
        "minutes_due_at": shown.time(meeting.ended_at + length) if length and meeting.minuted_at is None else None,
        "minutes_wait": meeting.minuted_at is None and MINUTES in case.pending,
    }
    for action in meeting.actions or [None]:
        told = action if isinstance(action, dict) else {"what": action}
        due = told.get("due")
        yield common | {
            "who": told.get("who"),
            "who_name": shown.name(told.get("who")),
            "what": shown.text(str(told["what"])) if told.get("what") else None,
            "due": due,
            "state": _state(shown, due) if action else None,
        }


def _state(shown: Shown, due: Any) -> str:
    case = shown.case
    handing = shown.policy.steps.get("closure.apply")
    if case.closed_at is not None or (handing and handing.to and case.state not in handing.states):
        return DONE
    try:
        last = date.fromisoformat(str(due)[:10])
    except ValueError:
        return OPEN
    return LATE if shown.now.astimezone(shown.zone).date() > last else OPEN


def _cursor(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是上一页给出的 next_cursor", field="cursor") from None
