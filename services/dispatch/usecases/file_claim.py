"""claim.file (003§34): the decision is filed with the service centre."""

from typing import Any

from services.dispatch.domain.claims import FILED
from services.dispatch.domain.steps import next_state
from services.dispatch.repository import change_claim
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.claiming import ClaimData, claim_for, pending_claims
from shared.events.dispatch import ClaimFiledV1
from shared.room.room import Command, Tx


async def file_claim(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClaimData)
    claim = await claim_for(act, data.claim)
    await change_claim(tx, claim.id, state=FILED, filed_at=tx.now)
    event = act.emit(ClaimFiledV1, data, state=next_state(act.step, act.case.state), claim_id=claim.id)
    return await act.accept(event, data, changes={"pending": await pending_claims(act)}, claim=str(claim.id))
