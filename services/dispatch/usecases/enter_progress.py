"""progress.enter (003§26): how far the handling has come today, or what stands in its way (001b§1⑥⑦)."""

from typing import Any

from pydantic import StrictBool

from services.dispatch.domain.steps import level_above, next_state
from services.dispatch.domain.values import Data, Text
from services.dispatch.repository import obstacles_of
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import ProgressEnteredV1
from shared.room.room import Command, Tx


class ProgressEnter(Data):
    text: Text
    obstacle: StrictBool = False


async def enter_progress(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ProgressEnter)
    told: dict[str, Any] = {}
    if data.obstacle:
        reported = await obstacles_of(tx.session, act.case.complaint_id)
        told["escalated_to"] = level_above(act.policy, reported)
    event = act.emit(ProgressEnteredV1, data, state=next_state(act.step, act.case.state), text=data.text, **told)
    return await act.accept(event, data, **told)
