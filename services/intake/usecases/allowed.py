"""What a viewer may do with a complaint as it stands: asked of the same rules that the commands obey."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import repository
from services.intake.domain.case import narrowed, require_state, require_step
from services.intake.tables import Complaint
from services.intake.usecases.cases import AFTER_MERGING, require_actor, standing, state_in, vars_of
from shared.kernel.errors import Refused
from shared.org.confidential import require_confidence
from shared.org.model import Directory
from shared.policy.model import Policy, Step
from shared.room.room import Actor, Room

ACTS = ("complaint.classify", "complaint.link", "complaint.sign", "complaint.guard", "complaint.correct",
        "complaint.rate_window")  # fmt: skip


async def allowed(room: Room, viewer: Actor, complaint_id: UUID, acts: Iterable[str] = ACTS) -> dict[str, Step]:
    """The steps by command; nothing for a complaint that is not there."""
    now = room.clock.now()
    async with room.db.read() as session:
        record = await repository.complaint(session, complaint_id)
        if record is None:
            return {}
        directory = await room.directory(session)
        whereabouts = await repository.whereabouts(session, complaint_id)
    policy = room.policies.get(record.policy_id, record.policy_version)
    placed = standing(policy, record, whereabouts)
    state = state_in(policy, record, whereabouts)
    found = {name: _step(name, viewer, policy, directory, record, placed, state, now) for name in acts}
    return {name: step for name, step in found.items() if step is not None}


def _step(
    name: str,
    viewer: Actor,
    policy: Policy,
    directory: Directory,
    record: Complaint,
    placed: Any,
    state: str,
    now: datetime,
) -> Step | None:
    if record.merged_into is not None and name not in AFTER_MERGING:
        return None
    try:
        if viewer.kind == "person":
            require_confidence(policy, directory, placed, viewer.person or "", now)
        step = require_step(policy, name, vars_of(record))
        step = narrowed(step, policy, state)
        require_actor(step, viewer, policy, directory, placed, viewer.complaint_id == record.id, now)
        require_state(step, policy, state)
    except Refused:
        return None
    return step
