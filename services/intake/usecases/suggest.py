"""B11: earlier complaints of the same room or telephone, of which a new one may be a duplicate or a repeat."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import repository
from services.intake.domain.case import state_of
from services.intake.tables import Complaint
from shared.policy.library import PolicyLibrary
from shared.policy.model import Policy
from shared.room.room import Tx

MOST = 10


async def suggestions(tx: Tx, policy: Policy, project_id: str, room: str | None, phone: str) -> list[dict[str, Any]]:
    """Of the same project, within the policy's window, newest first. What was merged is found by its survivor."""
    return await _alike(tx.room.policies, tx.session, policy, project_id, room, phone, tx.now)


async def suggestions_of(
    policies: PolicyLibrary, session: AsyncSession, policy: Policy, record: Complaint, now: datetime
) -> list[dict[str, Any]]:
    """The same for a complaint that is registered already, without itself and what it is linked to."""
    known = {str(record.id), *(str(other) for other, *_ in await repository.links(session, record.id))}
    found = await _alike(policies, session, policy, record.project_id, record.room, record.phone, now)
    return [one for one in found if one["complaint"] not in known]


async def _alike(
    policies: PolicyLibrary,
    session: AsyncSession,
    policy: Policy,
    project_id: str,
    room: str | None,
    phone: str,
    now: datetime,
) -> list[dict[str, Any]]:
    since = now - timedelta(days=policy.recurrence.repeat_days)
    told = []
    for one in await repository.like_this(session, project_id, room, phone, since, MOST):
        own = policies.get(one.policy_id, one.policy_version)
        whereabouts = await repository.whereabouts(session, one.id)
        same = [
            name for name, equal in (("同一房号", room and one.room == room), ("同一电话", one.phone == phone)) if equal
        ]
        told.append(
            {
                "complaint": str(one.id),
                "number": one.number,
                "state": state_of(own, one.closed, whereabouts),
                "registered_at": one.registered_at.isoformat(),
                "why": "、".join(same),
            }
        )
    return told
