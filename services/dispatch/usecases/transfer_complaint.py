"""complaint.transfer (000§3.2.2, 004§6): what another department handles goes there."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Name
from services.dispatch.repository import departments_of, places_of
from services.dispatch.usecases.acting import Acting, begin
from shared.events.dispatch import ComplaintTransferredV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class ComplaintTransfer(Data):
    department: Name


def require_department(act: Acting, department: str) -> dict[str, Any]:
    """The case's places with this first department. Raises Refused where the project's companies do not have it."""
    if department not in departments_of(act.directory, act.case.project_id):
        raise Refused(Code.field_invalid, f"department: 本项目的公司没有部门 {department}", field="department")
    places = places_of(act.policy, act.case.category, department)
    # Who was asked for help and has not answered still helps, whoever comes first now.
    places["cooperating"] += [u for u in act.case.asked if u not in (*places["cooperating"], department)]
    return places


async def transfer_complaint(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ComplaintTransfer)
    places = require_department(act, data.department)
    event = act.emit(
        ComplaintTransferredV1, data, state=next_state(act.step, act.case.state), department=data.department
    )
    changes = {"order_department": data.department, "handed_over_at": tx.now, **places}
    return await act.accept(event, data, ground="transferred", changes=changes)
