"""Intake learns from dispatch where a case is."""

from services.intake import repository
from services.intake.repository import Heard
from shared.events.dispatch import CaseAct, ComplaintTransferredV1, OrderDispatchedV1, OrderSubmittedV1
from shared.room.room import Tx


async def hear(tx: Tx, event: CaseAct) -> None:
    first: str | None = None
    cooperating: list[str] | None = None
    match event:
        case OrderSubmittedV1():
            first, cooperating = event.first_department, event.cooperating
        case OrderDispatchedV1() | ComplaintTransferredV1():
            first = event.department
    await repository.hear(
        tx.session, Heard(event.complaint_id, event.state, event.recorded_at, event.event_id, first, cooperating)
    )
