"""order.issue (003§14.1,19): the general manager issues the order to those in post now, or returns it."""

from typing import Any

from services.dispatch.domain.steps import decided_state
from services.dispatch.domain.values import Decided
from services.dispatch.repository import change_order
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.cooperating import ask_at_issue
from services.dispatch.usecases.return_order import require_order, return_order
from shared.events.dispatch import OrderIssuedV1
from shared.room.room import Command, Tx


def order_number(complaint_number: str) -> str:
    """An order is issued once, and a case has one: its number follows the complaint's."""
    return f"DB-{complaint_number}"


async def issue_order(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(Decided)
    state = decided_state(act.step, act.case.state, data.decision)
    order = await require_order(act)
    if data.decision == "return":
        return await return_order(act, data, state, order)
    number = order_number(act.case.number)
    people: dict[str, Any] = {post: act.holder(post) for post in ("liable", "leader", "chairman")}
    await change_order(tx, act.case.complaint_id, number=number, issued_at=tx.now, issued_by=command.actor.id, **people)
    event = act.emit(
        OrderIssuedV1, data, state=state, order_id=order.id, version=order.version, number=number, **people
    )
    changes = {"handed_over_at": tx.now, **await ask_at_issue(act, act.case.cooperating, state)}
    return await act.accept(event, data, changes=changes, order=str(order.id), order_number=number, **people)
