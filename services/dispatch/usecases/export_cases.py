"""J: every case of a period that a viewer sees, row by row, as a file; nothing is held that is not being written."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.dispatch.repository import rows_of
from services.dispatch.tables import COMPLAINT, Complaint
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.reads import shown_to
from services.dispatch.usecases.viewing import seen_by
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor, Room
from shared.room.trails import note

MOST_DAYS = 1100
A_TIME = 200


async def export_cases(
    room: Room, viewer: Actor, first: date, last: date, kind: str, project: str | None = None
) -> AsyncIterator[list[dict[str, Any]]]:
    """The cases registered from `first` to `last` (local days, both included), oldest first, some at a time.

    On record (cases.export) before the first of them is read. Raises Refused for a period that is none, or too long.
    """
    if not first <= last or (last - first).days >= MOST_DAYS:
        raise Refused(Code.field_invalid, f"from、to: 应为先后两天，最多相隔 {MOST_DAYS} 天", field="from")
    async with room.db.read() as session:
        zone = (await room.directory(session)).zone(project or "")
    said = {"from": first.isoformat(), "until": last.isoformat(), "kind": kind} | (
        {"scope": project} if project else {}
    )
    await note(room, viewer, "cases.export", None, **said)
    begins = datetime.combine(first, datetime.min.time(), zone)
    ends = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    return _pages(room, viewer, begins, ends, project)


async def _pages(
    room: Room, viewer: Actor, begins: datetime, ends: datetime, project: str | None
) -> AsyncIterator[list[dict[str, Any]]]:
    c = COMPLAINT.c
    after: UUID | None = None
    while True:
        # A transaction a page: a slow reader holds nothing, and who loses his post meanwhile sees no more.
        async with room.db.read() as session:
            directory = await room.directory(session)
            own = await confided(room, session, directory, viewer)
            statement = select(COMPLAINT).where(
                c.registered_at >= begins, c.registered_at < ends, seen_by(directory, viewer, room.clock.now(), own)
            )
            if project:
                statement = statement.where(c.project_id == project)
            if after is not None:
                statement = statement.where(c.complaint_id > after)
            found = await rows_of(session, Complaint, statement.order_by(c.complaint_id).limit(A_TIME))
        if found:
            yield [shown_to(room, directory, viewer, one).full() for one in found]
        if len(found) < A_TIME:
            return
        after = found[-1].complaint_id
