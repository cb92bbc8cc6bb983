"""claim.report (003§34): the first responsible head reports in writing."""

from typing import Any

from services.dispatch.domain.claims import REPORTED
from services.dispatch.domain.steps import next_state
from services.dispatch.repository import change_claim
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.claiming import ClaimData, claim_for, pending_claims
from shared.events.dispatch import ClaimReportedV1
from shared.room.room import Command, Tx


async def report_claim(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClaimData)
    claim = await claim_for(act, data.claim)
    await change_claim(tx, claim.id, state=REPORTED, reported_at=tx.now)
    event = act.emit(ClaimReportedV1, data, state=next_state(act.step, act.case.state), claim_id=claim.id)
    return await act.accept(event, data, changes={"pending": await pending_claims(act)}, claim=str(claim.id))
