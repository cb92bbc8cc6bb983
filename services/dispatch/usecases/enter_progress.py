"""progress.enter (003§26): how far the handling has come today."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Text
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import ProgressEnteredV1
from shared.room.room import Command, Tx


class ProgressEnter(Data):
    text: Text


async def enter_progress(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ProgressEnter)
    event = act.emit(ProgressEnteredV1, data, state=next_state(act.step, act.case.state), text=data.text)
    return await act.accept(event, data)
