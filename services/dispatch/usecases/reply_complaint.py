"""complaint.reply (000§3.2.1, 004§4): an invalid complaint, inquiry or suggestion is answered."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Text
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import ComplaintRepliedV1
from shared.room.room import Command, Tx


class ComplaintReply(Data):
    text: Text


async def reply_complaint(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ComplaintReply)
    event = act.emit(ComplaintRepliedV1, data, state=next_state(act.step, act.case.state), text=data.text)
    return await act.accept(event, data, ground="replied")
