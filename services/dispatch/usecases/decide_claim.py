"""claim.decide (003§34): decided by whom the claim authority names, major matters by the chairman."""

from typing import Any, Literal

from services.dispatch.domain.claims import DECIDED, authority
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import FenFromYuan
from services.dispatch.repository import change_claim
from services.dispatch.usecases.acting import Acting, begin
from services.dispatch.usecases.claiming import ClaimData, claim_for, pending_claims
from shared.events.dispatch import ClaimDecidedV1
from shared.kernel.errors import Code, Refused
from shared.org.acting import acts_as
from shared.room.room import Command, Tx

HIGHEST = "chairman"


class ClaimDecide(ClaimData):
    decision: Literal["approve", "reject"]
    amount: FenFromYuan | None = None


async def decide_claim(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClaimDecide)
    claim = await claim_for(act, data.claim)
    amount = claim.amount_fen if data.amount is None or data.decision == "reject" else data.amount
    _require_authority(act, amount)
    granted = amount if data.decision == "approve" else None
    await change_claim(
        tx,
        claim.id,
        state=DECIDED,
        decision=data.decision,
        decided_fen=granted,
        decided_by=command.actor.id,
        decided_at=tx.now,
    )
    event = act.emit(
        ClaimDecidedV1,
        data,
        state=next_state(act.step, act.case.state),
        claim_id=claim.id,
        decision=data.decision,
        amount_fen=granted,
    )
    return await act.accept(event, data, changes={"pending": await pending_claims(act)}, claim=str(claim.id))


def _require_authority(act: Acting, amount_fen: int | None) -> None:
    """Raises Refused unless the person holds the post of the first fitting tier, or the highest."""
    tier = authority(act.policy, act.case.severity, amount_fen)
    if tier is None:
        return
    person, entitled = act.command.actor.person, (act.holder(tier.post), act.holder(HIGHEST))
    if person is None or acts_as(act.directory, person, entitled, act.tx.now) is None:
        raise Refused(Code.role_not_allowed, f"{act.command.name}: 超出索赔审批权限，本项索赔由 {tier.post} 审批")
