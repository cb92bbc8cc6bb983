"""The audit trail of a case: every act on it, accepted or refused, by whom and when."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.db.statements import fetch
from shared.room.room import Room


async def trail(room: Room, complaint_id: UUID) -> list[dict[str, Any]]:
    """What this room was asked to do with the case, oldest first. `code` is null where the act was accepted."""
    table = room.tables.audit
    statement = select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.at, table.c.id)
    async with room.db.read() as session:
        rows = await fetch(session, statement)
    return [
        {
            "at": row.at.isoformat(),
            "actor": row.actor,
            "command": row.command,
            "accepted": row.code is None,
            "code": row.code,
            "detail": row.detail,
        }
        for row in rows
    ]
