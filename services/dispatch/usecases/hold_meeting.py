"""meeting.hold (003§33.2): the chairman held the special meeting; dated by its end."""

from typing import Any

from services.dispatch.domain.duties import MINUTES
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Actions, Data, Instant
from services.dispatch.repository import store
from services.dispatch.tables import MEETING
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import MeetingHeldV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class MeetingHold(Data):
    ended_at: Instant | None = None
    actions: Actions = []


async def hold_meeting(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(MeetingHold)
    ended_at = data.ended_at or tx.now
    if ended_at > tx.now:
        raise Refused(Code.field_invalid, "ended_at: 会议结束时间不能晚于现在", field="ended_at")
    if ended_at < act.case.contact_ended_at:
        raise Refused(Code.field_invalid, "ended_at: 会议结束时间不能早于投诉", field="ended_at")
    meeting_id = tx.new_id()
    row = {
        "id": meeting_id,
        "complaint_id": act.case.complaint_id,
        "ended_at": ended_at,
        "actions": data.actions,
    }
    await store(tx, MEETING, row)
    event = act.emit(MeetingHeldV1, data, state=next_state(act.step, act.case.state), occurred_at=ended_at)
    pending = {MINUTES: ended_at.isoformat()} | act.case.pending
    return await act.accept(event, data, changes={"pending": pending}, meeting=str(meeting_id))
