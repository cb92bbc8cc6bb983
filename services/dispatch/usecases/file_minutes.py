"""meeting.minutes (003§33.2): who does what until when, filed after the meeting."""

from typing import Any

from services.dispatch.domain.duties import MINUTES
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Actions, Data
from services.dispatch.repository import change_meeting, meetings_of
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import MeetingMinutedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class MeetingMinutes(Data):
    actions: Actions = []


async def file_minutes(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(MeetingMinutes)
    waiting = [one for one in await meetings_of(tx.session, act.case.complaint_id) if one.minuted_at is None]
    if not waiting:
        raise Refused(Code.state_not_allowed, f"{command.name}: 没有待报备纪要的专题会议")
    meeting = waiting[0]
    actions = data.actions or meeting.actions
    await change_meeting(tx, meeting.id, minuted_at=tx.now, minuted_by=command.actor.id, actions=actions)
    event = act.emit(MeetingMinutedV1, data, state=next_state(act.step, act.case.state), actions=actions)
    pending = {name: since for name, since in act.case.pending.items() if name != MINUTES}
    if len(waiting) > 1:
        pending[MINUTES] = waiting[1].ended_at.isoformat()
    return await act.accept(event, data, changes={"pending": pending}, meeting=str(meeting.id))
