"""A6: who read a case in full. Masked lists are not in it, nor what a customer reads of his own."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.db.statements import fetch, insert_new
from shared.room.room import Actor, Room

READ = "complaint.read"


async def note_read(room: Room, viewer: Actor, complaint_id: UUID) -> None:
    """Once a person, case and hour (UTC), in a transaction of its own after the read."""
    if viewer.kind != "person" or viewer.person is None:
        return
    table = room.metadata.tables[f"{room.name}.read_log"]
    now = room.clock.now()
    row = {"complaint_id": complaint_id, "person": viewer.person, "hour": f"{now:%Y%m%d%H}", "at": now}
    known = select(table.c.at).where(*(table.c[name] == row[name] for name in ("complaint_id", "person", "hour")))
    async with room.db.read() as session:
        if await fetch(session, known):
            return
    async with room.begin() as tx:
        await insert_new(tx.session, table, row)


async def readers(room: Room, complaint_id: UUID) -> list[dict[str, Any]]:
    """Entries for the audit trail, oldest first."""
    table = room.metadata.tables[f"{room.name}.read_log"]
    statement = select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.at, table.c.person)
    async with room.db.read() as session:
        rows = await fetch(session, statement)
    return [
        {"at": row.at.isoformat(), "actor": row.person, "command": READ, "accepted": True, "code": None, "detail": None}
        for row in rows
    ]
