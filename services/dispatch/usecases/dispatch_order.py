"""order.dispatch (000§3.3.1, 001b§1): the dispatch order goes to the department, in policies without approval."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Copies, Data, Name
from services.dispatch.repository import change_order, order_of, store
from services.dispatch.tables import ORDER
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.transfer_complaint import require_department
from shared.events.dispatch import OrderDispatchedV1
from shared.room.room import Command, Tx


class OrderDispatch(Data):
    department: Name
    copies: Copies | None = None
    signed_by: Name | None = None


async def dispatch_order(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(OrderDispatch)
    case, places = act.case, require_department(act, data.department)
    former = await order_of(tx.session, case.complaint_id)
    order_id, number = former.id if former else tx.new_id(), f"PG-{case.number}"
    order = {
        "version": former.version + 1 if former else 1,
        "number": number,
        "first_department": data.department,
        "named": True,
        "cooperating": places["cooperating"],
        "required_by": case.required_by,
        "submitted_at": tx.now,
        "submitted_by": command.actor.id,
        "issued_at": tx.now,
        "issued_by": command.actor.id,
    }
    if former:
        await change_order(tx, case.complaint_id, **order)
    else:
        code = tx.room.ids.code()
        await store(tx, ORDER, {"id": order_id, "complaint_id": case.complaint_id, "verification_code": code, **order})
    event = act.emit(
        OrderDispatchedV1,
        data,
        state=next_state(act.step, case.state),
        department=data.department,
        copies=data.copies,
        signed_by=data.signed_by,
    )
    changes = {"order_department": data.department, "handed_over_at": tx.now, **places}
    return await act.accept(event, data, ground="dispatched", changes=changes, order=str(order_id), order_number=number)
