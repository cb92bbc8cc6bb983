"""cooperation.refuse (003§4): the head of a cooperating department says that it will not help, and why."""

from typing import Any

from services.dispatch.domain.cooperation import REFUSED
from services.dispatch.domain.values import Data, Name, Text
from services.dispatch.repository import change_cooperation
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.cooperating import head_of, still_asked, task_to_answer
from shared.events.dispatch import CooperationRefusedV1
from shared.room.room import Command, Tx


class CooperationRefuse(Data):
    reason: Text
    department: Name | None = None


async def refuse_cooperation(tx: Tx, command: Command) -> dict[str, Any]:
    """It stays refused until the first responsible department reports it, or asks again."""
    act = await begin(tx, command)
    data = act.read(CooperationRefuse)
    task = await task_to_answer(act, data.department)
    unit, head = task.department, head_of(act, task.department, tx.now)
    await change_cooperation(
        tx, task.id, state=REFUSED, answered_at=tx.now, answered_by=command.actor.id, answer=data.reason, head=head
    )
    event = act.emit(CooperationRefusedV1, data, department=unit, cooperating_head=head)
    changes = still_asked(act, [one for one in act.case.asked if one != unit])
    return await act.accept(event, data, changes=changes, department=unit)
