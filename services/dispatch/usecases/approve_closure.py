"""closure.approve (003§29): the general manager closes the case, or returns it to handling."""

from typing import Any

from services.dispatch.domain.steps import decided_state
from services.dispatch.domain.values import Decided
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import CaseAct, CaseClosedV1, ClosureReturnedV1
from shared.room.room import Command, Tx

GROUND = "approved"


async def approve_closure(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(Decided)
    state = decided_state(act.step, act.case.state, data.decision)
    event: CaseAct
    if data.decision == "return":
        event = act.emit(ClosureReturnedV1, data, state=state, stage="approve")
    else:
        event = act.emit(CaseClosedV1, data, state=state, ground=GROUND)
    return await act.accept(event, data, ground=GROUND)
