"""plan.enter (003§22): how the complaint will be handled, and until when, if the customer signed that."""

from typing import Any

from services.dispatch.domain.deadlines import agreed_time
from services.dispatch.domain.duties import PLAN
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Instant, Signature, Text
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.record_visit import require_future
from shared.events.dispatch import PlanEnteredV1
from shared.room.room import Command, Tx


class PlanEnter(Data):
    plan: Text
    agreed_completion_at: Instant | None = None
    signature: Signature | None = None


async def enter_plan(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(PlanEnter)
    require_future(act, data.agreed_completion_at)
    signed = data.signature is not None
    event = act.emit(
        PlanEnteredV1,
        data,
        state=next_state(act.step, act.case.state),
        plan=data.plan,
        agreed_completion_at=data.agreed_completion_at,
        signed=signed,
    )
    pending = {name: since for name, since in act.case.pending.items() if name != PLAN}
    changes: dict[str, Any] = {"planned": True, "pending": pending}
    if signed and data.agreed_completion_at:
        changes["agreed_completion_at"] = agreed_time(
            act.case.required_by, act.case.agreed_completion_at, data.agreed_completion_at, at=tx.now
        )
    return await act.accept(event, data, changes=changes)
