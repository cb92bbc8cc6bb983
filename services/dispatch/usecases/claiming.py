"""003§34: which claim an act is about, and what the case's claims leave to be done."""

from uuid import UUID

from services.dispatch.domain.claims import DUTY, NEEDS
from services.dispatch.domain.values import Data
from services.dispatch.repository import claims_of
from services.dispatch.tables import Claim
from services.dispatch.usecases.acting import Acting
from shared.kernel.errors import Code, Refused


class ClaimData(Data):
    claim: UUID | None = None


async def claim_for(act: Acting, claim_id: UUID | None) -> Claim:
    """The claim named, else the latest that awaits this step. Raises Refused where the order of steps is broken."""
    claims, command = await claims_of(act.tx.session, act.case.complaint_id), act.command.name
    if claim_id is not None:
        named = [claim for claim in claims if claim.id == claim_id]
        if not named:
            raise Refused(Code.field_invalid, "claim: 本案没有这项索赔", field="claim")
        claims = named
    waiting = [claim for claim in claims if claim.state == NEEDS[command]]
    if not waiting:
        raise Refused(Code.state_not_allowed, f"{command}: 没有待{act.step.name}的索赔")
    return waiting[-1]


async def pending_claims(act: Acting) -> dict[str, str]:
    """The case's pending duties with those of its claims as they are now."""
    pending = {name: since for name, since in act.case.pending.items() if name not in NEEDS}
    for claim in await claims_of(act.tx.session, act.case.complaint_id):
        if claim.state in DUTY:
            since = {"raised": claim.raised_at, "reported": claim.reported_at, "decided": claim.decided_at}[claim.state]
            pending.setdefault(DUTY[claim.state], (since or claim.raised_at).isoformat())
    return pending
