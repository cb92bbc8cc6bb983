"""003§14: a returned order goes back to the officer, whose clock runs again."""

from typing import Any

from services.dispatch.domain.values import Decided
from services.dispatch.repository import change_order, order_of
from services.dispatch.tables import SupervisionOrder
from services.dispatch.usecases.acting import Acting
from shared.events.dispatch import OrderReturnedV1
from shared.kernel.errors import Code, Refused


async def require_order(act: Acting) -> SupervisionOrder:
    """The case's order. Raises Refused where none has been submitted."""
    order = await order_of(act.tx.session, act.case.complaint_id)
    if order is None:
        raise Refused(Code.state_not_allowed, f"{act.command.name}: 本案还没有报批的督办令")
    return order


async def return_order(act: Acting, data: Decided, state: str, order: SupervisionOrder) -> dict[str, Any]:
    await change_order(
        act.tx,
        act.case.complaint_id,
        returned_at=act.tx.now,
        return_reason=data.reason,
        reviewed_at=None,
        reviewed_by=None,
    )
    event = act.emit(OrderReturnedV1, data, state=state, order_id=order.id)
    return await act.accept(event, data, order=str(order.id))
