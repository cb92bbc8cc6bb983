"""A new directory arrives: it is kept, and the cases whose people it changes are computed anew at the next tick."""

from sqlalchemy import exists, or_, select, update

from services.sla.domain.moved import moved
from services.sla.repository import CASE, FACT
from shared.db.statements import fetch, run
from shared.events.dispatch import DirectoryPublishedV1
from shared.org.model import Directory
from shared.room.consume import keep_directory
from shared.room.room import Tx


async def take_directory(tx: Tx, event: DirectoryPublishedV1) -> None:
    """Who answers for a unit of delay follows from the latest directory alone, whenever it came."""
    table = tx.room.tables.directory
    known = await fetch(tx.session, select(table).order_by(table.c.version.desc()).limit(1))
    await keep_directory(tx, event)
    if not known or known[0].version >= event.version:
        return
    change = moved(Directory.model_validate_json(known[0].body), event.directory)
    if change is None:
        return
    closed = exists().where(FACT.c.complaint_id == CASE.c.complaint_id, FACT.c.name == "case_closed")
    touched = (CASE.c.project_id.in_(sorted(change.projects)), or_(CASE.c.last_fact_at >= change.since, ~closed))
    await run(tx.session, update(CASE).where(*touched).values(next_change_at=tx.now))
