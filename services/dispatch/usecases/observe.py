"""The group sees what its regions do: each fact is kept, and its case drawn anew from all there are."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.observed import Observed, command_of, observed
from services.dispatch.repository import change_complaint, complaint_of, facts_of, keep_fact, one_at_a_time
from services.dispatch.tables import ACT, COMPLAINT, ORDER, SupervisionOrder
from services.dispatch.usecases.take_fact import take_fact
from shared.db.statements import fetch, upsert
from shared.events.base import CaseFact, payload
from shared.events.dispatch import CaseAct, CooperationAskedV1
from shared.events.intake import ComplaintLinkedV1
from shared.room.room import Tx

ABOUT = frozenset({"event_id", "occurred_at", "recorded_at", "correlation_id", "complaint_id", "project_id", "by"})


async def observe(tx: Tx, event: CaseFact) -> None:
    """An act that overtook the registration waits for it among the facts."""
    if isinstance(event, CaseAct):
        await one_at_a_time(tx, event.complaint_id)
        await keep_fact(tx, event, event.complaint_id)
    else:
        await take_fact(tx, event)
    case = await complaint_of(tx.session, event.complaint_id, lock=True)
    if case is None:
        return
    facts = await facts_of(tx.session, event.complaint_id)
    seen = observed(fact for fact in facts if isinstance(fact, CaseAct))
    merged = next((f for f in facts if isinstance(f, ComplaintLinkedV1) and f.role == "merged"), None)
    changes: dict[str, Any] = {"version": len(facts), **seen.case}
    if merged is not None:
        changes["merged_into"] = merged.number or str(merged.to)
    await change_complaint(tx, case.complaint_id, changes)
    await _keep(tx, case.complaint_id, seen)


async def number_of(session: AsyncSession, complaint_id: UUID) -> str | None:
    rows = await fetch(session, select(COMPLAINT.c.number).where(COMPLAINT.c.complaint_id == complaint_id))
    return rows[0].number if rows else None


async def _keep(tx: Tx, complaint_id: UUID, seen: Observed) -> None:
    acts = [
        {
            "id": act.event_id,
            "complaint_id": complaint_id,
            "version": number,
            "command": command_of(act),
            "by": act.by,
            "occurred_at": act.occurred_at,
            "recorded_at": act.recorded_at,
            "state_before": act.state_before,
            "state": act.state,
            "data": {name: value for name, value in payload(act).items() if name not in ABOUT and value is not None},
        }
        for number, act in enumerate(seen.acts, 1)
        if not (isinstance(act, CooperationAskedV1) and act.at_issue)  # part of issuing, no act of its own
    ]
    await upsert(tx.session, ACT, acts, ["id"])
    if "id" in seen.order:
        known = dict.fromkeys(SupervisionOrder.model_fields) | {"complaint_id": complaint_id} | seen.order
        await upsert(tx.session, ORDER, [known], ["complaint_id"])
