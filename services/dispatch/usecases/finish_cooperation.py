"""cooperation.done (003§20): the head of a cooperating department reports that it has helped."""

from typing import Any

from services.dispatch.domain.cooperation import DONE
from services.dispatch.domain.values import Data, Name
from services.dispatch.repository import change_cooperation
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.cooperating import head_of, still_asked, task_to_answer
from shared.events.dispatch import CooperationDoneV1
from shared.room.room import Command, Tx


class CooperationDone(Data):
    department: Name | None = None


async def finish_cooperation(tx: Tx, command: Command) -> dict[str, Any]:
    """`department` only where somebody heads several that were asked."""
    act = await begin(tx, command)
    data = act.read(CooperationDone)
    task = await task_to_answer(act, data.department)
    unit, head = task.department, head_of(act, task.department, tx.now)
    await change_cooperation(
        tx, task.id, state=DONE, answered_at=tx.now, answered_by=command.actor.id, answer=data.note, head=head
    )
    event = act.emit(CooperationDoneV1, data, department=unit, cooperating_head=head)
    changes = still_asked(act, [one for one in act.case.asked if one != unit])
    return await act.accept(event, data, changes=changes, department=unit)
