"""B9: the confidential cases a viewer may see. Who leads is told by rules that SQL does not know; they are few."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.repository import rows_of, standing_of
from services.dispatch.tables import COMPLAINT, Complaint
from services.dispatch.usecases.acting import policy_of
from shared.db.statements import fetch
from shared.org.confidential import in_confidence
from shared.org.model import Directory
from shared.room.room import Actor, Room


async def confided(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> list[UUID]:
    """004§7(二): asked before a list, so that its pages are full."""
    if viewer.kind != "person" or not any(policy.confidential for policy in room.policies.all()):
        return []
    now = room.clock.now()
    cases = await rows_of(session, Complaint, select(COMPLAINT).where(COMPLAINT.c.confined_to.is_not(None)))
    return [
        case.complaint_id
        for case in cases
        if in_confidence(policy_of(room, case), directory, standing_of(case), viewer.person or "", now)
    ]


async def secrets_from(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> set[UUID]:
    """The confidential cases of which the viewer may not hear; none for the system."""
    if viewer.kind == "system":
        return set()
    c = COMPLAINT.c
    rows = await fetch(session, select(c.complaint_id).where(c.confined_to.is_not(None)))
    return {row.complaint_id for row in rows} - set(await confided(room, session, directory, viewer))
