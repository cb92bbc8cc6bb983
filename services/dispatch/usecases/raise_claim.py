"""claim.raise (003§34): the customer claims compensation."""

from typing import Any

from services.dispatch.domain.claims import RAISED
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, FenFromYuan
from services.dispatch.repository import store
from services.dispatch.tables import CLAIM
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.claiming import pending_claims
from shared.events.dispatch import ClaimRaisedV1
from shared.room.room import Command, Tx


class ClaimRaise(Data):
    amount: FenFromYuan | None = None


async def raise_claim(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClaimRaise)
    claim_id = tx.new_id()
    row = {
        "id": claim_id,
        "complaint_id": act.case.complaint_id,
        "state": RAISED,
        "amount_fen": data.amount,
        "raised_at": tx.now,
    }
    await store(tx, CLAIM, row)
    event = act.emit(
        ClaimRaisedV1, data, state=next_state(act.step, act.case.state), claim_id=claim_id, amount_fen=data.amount
    )
    return await act.accept(event, data, changes={"pending": await pending_claims(act)}, claim=str(claim_id))
