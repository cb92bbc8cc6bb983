"""customer.call (003§23,29, 001b§1): a call to the customer, with what he said."""

from typing import Any, Literal

from services.dispatch.domain.duties import CALL, MATERIAL
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Stars, Text
from services.dispatch.usecases.acting import begin, require_caller
from shared.events.dispatch import CustomerCalledV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class CustomerCall(Data):
    purpose: Literal["callback", "receipt", "plan", "completion", "followup", "contact"]
    satisfaction: Stars | None = None
    opinion: Text | None = None


async def call_customer(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(CustomerCall)
    require_caller(act, data.purpose)
    changes: dict[str, Any] = {}
    if data.purpose == "callback":
        if MATERIAL in act.policy.steps and not act.case.material_entered:
            raise Refused(Code.state_not_allowed, f"{command.name}: 回访材料录入后才能做 callback 回访")
        changes["pending"] = {name: since for name, since in act.case.pending.items() if name != CALL}
    event = act.emit(
        CustomerCalledV1,
        data,
        state=next_state(act.step, act.case.state, data.purpose),
        purpose=data.purpose,
        satisfaction=data.satisfaction,
        opinion=data.opinion,
    )
    return await act.accept(event, data, ground="called", changes=changes)
