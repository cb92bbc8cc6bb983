"""closure.verify (003§29): the officer checks the material and calls the customer; not satisfied, it goes back."""

from typing import Any

from services.dispatch.domain.steps import decided_state
from services.dispatch.domain.values import Decided, Stars
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import CaseAct, ClosureReturnedV1, ClosureVerifiedV1
from shared.room.room import Command, Tx


class ClosureVerify(Decided):
    satisfaction: Stars | None = None


async def verify_closure(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClosureVerify)
    state = decided_state(act.step, act.case.state, data.decision)
    event: CaseAct
    if data.decision == "return":
        event = act.emit(ClosureReturnedV1, data, state=state, stage="verify", satisfaction=data.satisfaction)
    else:
        event = act.emit(ClosureVerifiedV1, data, state=state, satisfaction=data.satisfaction)
    return await act.accept(event, data)
