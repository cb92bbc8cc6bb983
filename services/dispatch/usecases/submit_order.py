"""order.submit (003§14.1): the officer completes the drafted order and sends it up."""

from typing import Any

from services.dispatch.domain.deadlines import earlier
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Instant, Name
from services.dispatch.repository import change_order, departments_of, order_of, places_of, store
from services.dispatch.tables import ORDER
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import OrderSubmittedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class OrderSubmit(Data):
    required_by: Instant | None = None
    first_department: Name | None = None


async def submit_order(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(OrderSubmit)
    case, former = act.case, await order_of(tx.session, act.case.complaint_id)
    # A returned draft keeps the department it named; one that only followed the category follows it still.
    named = data.first_department or (former.first_department if former and former.named else None)
    places = places_of(act.policy, case.category, named)
    first = places["first_department"]
    if first is None:
        raise Refused(Code.field_missing, "案件没有分类，请指明第一责任部门 first_department", field="first_department")
    if first not in departments_of(act.directory, case.project_id):
        raise Refused(Code.field_invalid, f"first_department: 本项目的公司没有部门 {first}", field="first_department")
    if data.required_by is not None and data.required_by <= tx.now:
        raise Refused(Code.field_invalid, "required_by: 要求完成时间须晚于现在", field="required_by")
    required_by = earlier(data.required_by or case.required_by, case.inherited_required_by)
    version = former.version + 1 if former else 1
    order_id = former.id if former else tx.new_id()
    draft = {
        "version": version,
        "first_department": first,
        "named": named is not None,
        "cooperating": places["cooperating"],
        "required_by": required_by,
        "submitted_at": tx.now,
        "submitted_by": command.actor.id,
        "reviewed_at": None,
        "reviewed_by": None,
    }
    if former:
        await change_order(tx, case.complaint_id, **draft)
    else:
        code = tx.room.ids.code()
        await store(tx, ORDER, {"id": order_id, "complaint_id": case.complaint_id, "verification_code": code, **draft})
    event = act.emit(
        OrderSubmittedV1,
        data,
        state=next_state(act.step, case.state),
        order_id=order_id,
        version=version,
        first_department=first,
        cooperating=places["cooperating"],
        required_by=required_by,
    )
    changes = {"order_department": first, "required_by": required_by, **places}
    return await act.accept(event, data, changes=changes, order=str(order_id))
