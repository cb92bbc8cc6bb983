"""D1: whoever holds a printed order asks whether it is genuine. Nothing personal is told."""

from typing import Any

from sqlalchemy import select

from services.dispatch.repository import rows_of
from services.dispatch.tables import COMPLAINT, ORDER, Complaint, SupervisionOrder
from services.dispatch.usecases.acting import policy_of
from services.dispatch.usecases.shown import Shown
from shared.kernel.ids import spoken
from shared.room.room import Actor, Room


async def verified(room: Room, code: str) -> dict[str, Any] | None:
    """What the order of this code says, or None where there is none. Spaces, case and missing dashes do not matter."""
    wanted = spoken(code)
    if wanted is None:
        return None
    async with room.db.read() as session:
        orders = await rows_of(session, SupervisionOrder, select(ORDER).where(ORDER.c.verification_code == wanted))
        if not orders:
            return None
        order = orders[0]
        cases = await rows_of(
            session, Complaint, select(COMPLAINT).where(COMPLAINT.c.complaint_id == order.complaint_id)
        )
        directory = await room.directory(session)
    shown = Shown(cases[0], policy_of(room, cases[0]), directory, Actor("system"), room.clock.now())
    state = cases[0].state
    return {
        "code": wanted,
        "number": order.number,
        "version": order.version,
        "issued": order.issued_at is not None,
        "issued_at": shown.time(order.issued_at),
        "issued_by": shown.name(order.issued_by),
        "first_department": shown.department_name(order.first_department),
        "state": state,
        "state_name": shown.policy.state_names.get(state, state),
    }
