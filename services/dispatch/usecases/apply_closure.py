"""closure.apply (003§28): the department is done, and the customer signed for it."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Signature, Texts
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import ClosureAppliedV1
from shared.room.room import Command, Tx


class ClosureApply(Data):
    """`materials` are the ids of attachments, as the console sends them, or any text that names them."""

    materials: Texts = []
    signature: Signature | None = None


async def apply_closure(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClosureApply)
    event = act.emit(ClosureAppliedV1, data, state=next_state(act.step, act.case.state), materials=data.materials)
    return await act.accept(event, data)
