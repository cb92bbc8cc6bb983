"""B9: the confidential complaints of which a viewer may not hear. They are few."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import repository
from services.intake.tables import Complaint
from services.intake.usecases.cases import standing
from shared.org.confidential import in_confidence
from shared.org.model import Directory
from shared.room.room import Actor, Room


async def secrets_from(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> set[UUID]:
    """004§7(二): none for the system."""
    if viewer.kind == "system":
        return set()
    hidden, now = set(), room.clock.now()
    for found in (await session.exec(select(Complaint).where(col(Complaint.confined_to).is_not(None)))).all():
        policy = room.policies.get(found.policy_id, found.policy_version)
        placed = standing(policy, found, await repository.whereabouts(session, found.id))
        if not in_confidence(policy, directory, placed, viewer.person or "", now):
            hidden.add(found.id)
    return hidden
