"""closure.review (003§29): the deputy general manager passes the closure on, or returns it to handling."""

from typing import Any

from services.dispatch.domain.steps import decided_state
from services.dispatch.domain.values import Decided
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import CaseAct, ClosureReturnedV1, ClosureReviewedV1
from shared.room.room import Command, Tx


async def review_closure(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(Decided)
    state = decided_state(act.step, act.case.state, data.decision)
    event: CaseAct
    if data.decision == "return":
        event = act.emit(ClosureReturnedV1, data, state=state, stage="review")
    else:
        event = act.emit(ClosureReviewedV1, data, state=state)
    return await act.accept(event, data)
