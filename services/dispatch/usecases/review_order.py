"""order.review (003§14.1): the deputy general manager approves the order or returns it to the officer."""

from typing import Any

from services.dispatch.domain.steps import decided_state
from services.dispatch.domain.values import Decided
from services.dispatch.repository import change_order
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.return_order import require_order, return_order
from shared.events.dispatch import OrderReviewedV1
from shared.room.room import Command, Tx


async def review_order(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(Decided)
    state = decided_state(act.step, act.case.state, data.decision)
    order = await require_order(act)
    if data.decision == "return":
        return await return_order(act, data, state, order)
    await change_order(tx, act.case.complaint_id, reviewed_at=tx.now, reviewed_by=command.actor.id)
    event = act.emit(OrderReviewedV1, data, state=state, order_id=order.id)
    return await act.accept(event, data, order=str(order.id))
