"""Intake learns from dispatch where a case is."""

from datetime import datetime

from services.intake import repository
from services.intake.domain.progress import DONE
from services.intake.repository import Heard
from services.intake.tables import CustomerStep
from shared.events.base import fact_name
from shared.events.dispatch import CaseAct, ComplaintTransferredV1, OrderDispatchedV1, OrderIssuedV1, OrderSubmittedV1
from shared.room.room import Tx


async def hear(tx: Tx, event: CaseAct) -> None:
    first: str | None = None
    cooperating: list[str] | None = None
    required_by: datetime | None = None
    match event:
        case OrderSubmittedV1():
            first, cooperating, required_by = event.first_department, event.cooperating, event.required_by
        case OrderDispatchedV1() | ComplaintTransferredV1():
            first = event.department
    issued = isinstance(event, OrderIssuedV1 | OrderDispatchedV1)
    heard = Heard(
        event.complaint_id, event.state, event.recorded_at, event.event_id, first, cooperating, required_by, issued
    )
    await repository.hear(tx.session, heard)
    fact = fact_name(event.topic)
    if fact in DONE:
        step = {"event_id": event.event_id, "complaint_id": event.complaint_id, "fact": fact, "at": event.occurred_at}
        await repository.add_new(tx.session, CustomerStep, step)
