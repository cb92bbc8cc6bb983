"""B11: earlier complaints of the same room or telephone, of which a new one may be a duplicate or a repeat."""

from datetime import timedelta
from typing import Any

from services.intake import repository
from services.intake.domain.case import state_of
from shared.policy.model import Policy
from shared.room.room import Tx

MOST = 10


async def suggestions(tx: Tx, policy: Policy, project_id: str, room: str | None, phone: str) -> list[dict[str, Any]]:
    """Of the same project, within the policy's window, newest first. What was merged is found by its survivor."""
    since = tx.now - timedelta(days=policy.recurrence.repeat_days)
    found = await repository.like_this(tx.session, project_id, room, phone, since, MOST)
    told = []
    for one in found:
        own = tx.room.policies.get(one.policy_id, one.policy_version)
        whereabouts = await repository.whereabouts(tx.session, one.id)
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
