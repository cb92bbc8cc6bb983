"""003§26,30: who was urged about which overdue case, and on which day."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.sla.repository import CASE, table_of
from services.sla.tables import ReminderRow
from services.sla.usecases.seen import place_of, within
from shared.db.statements import fetch
from shared.room.room import Actor, Room

REMINDER = table_of(ReminderRow)
MOST = 200


async def urged(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """The last ones first, of the cases in the viewer's place."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        scope = within(directory, place_of(directory, viewer, now))
        rows = await fetch(
            session,
            select(REMINDER)
            .where(REMINDER.c.template.startswith("urge.", autoescape=True))
            .order_by(REMINDER.c.created_at.desc(), REMINDER.c.key)
            .limit(MOST),
        )
        about = {row.key: case for row in rows if (case := _case(row.key)) is not None}
        seen = {
            row.complaint_id: row
            for row in await fetch(session, select(CASE).where(CASE.c.complaint_id.in_(set(about.values())), *scope))
        }
    return [
        {
            "complaint": str(about[row.key]),
            "number": seen[about[row.key]].number,
            "project": getattr(directory.project(seen[about[row.key]].project_id), "name", ""),
            "template": row.template,
            "recipient_name": directory.name_of(row.recipient),
            "day": str(row.local_date),
            "at": row.created_at,
        }
        for row in rows
        if row.key in about and about[row.key] in seen
    ]


def _case(key: str) -> UUID | None:
    """The case in the key template:case:person:day of domain.reminders."""
    parts = key.split(":")
    try:
        return UUID(parts[1]) if len(parts) == 4 else None
    except ValueError:
        return None
