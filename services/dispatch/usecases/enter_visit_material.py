"""visit.material (003§23): the material after a visit that the customer prevented or refused."""

from typing import Any

from services.dispatch.domain.duties import CALL, MATERIAL
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import VisitMaterialEnteredV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


async def enter_visit_material(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(Data)
    if MATERIAL not in act.case.pending:
        raise Refused(Code.state_not_allowed, f"{command.name}: 最近一次回访不是未能上门或客户拒绝，或回访材料已经录入")
    pending = {name: since for name, since in act.case.pending.items() if name != MATERIAL}
    if CALL in act.policy.steps:
        pending[CALL] = tx.now.isoformat()
    event = act.emit(VisitMaterialEnteredV1, data, state=next_state(act.step, act.case.state))
    return await act.accept(event, data, changes={"pending": pending, "material_entered": True})
