"""B9: whose messages about a case are hidden from whom, here as in every room."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify import repository
from services.notify.domain.case import copy_of, placed
from services.notify.tables import CaseSeen
from services.notify.usecases.tell import parsed
from shared.org.confidential import in_confidence
from shared.org.model import Directory
from shared.room.room import Actor, Room


async def secrets_from(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> Collection[UUID]:
    """004§7(二): the confidential cases that the viewer does not see; none for the system. They are few."""
    if viewer.kind == "system":
        return ()
    known = (await session.exec(select(CaseSeen.complaint_id).where(col(CaseSeen.confined_to).is_not(None)))).all()
    hidden = []
    for complaint_id in known:
        case = copy_of([parsed(row) for row in await repository.facts(session, complaint_id)])
        if case is None:
            continue
        policy = room.policies.get(case.policy_id, case.policy_version)
        if not in_confidence(policy, directory, placed(policy, case), viewer.person or "", room.clock.now()):
            hidden.append(complaint_id)
    return hidden
