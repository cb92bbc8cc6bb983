"""cooperation.report (003§4): the first responsible department reports who refused to help, or kept silent."""

from typing import Any

from services.dispatch.domain.cooperation import REFUSED, latest_of, reportable
from services.dispatch.domain.values import Data, Name, Text
from services.dispatch.repository import change_cooperation, cooperation_of
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.cooperating import head_of
from shared.events.dispatch import CooperationReportedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class CooperationReport(Data):
    department: Name
    reason: Text


async def report_cooperation(tx: Tx, command: Command) -> dict[str, Any]:
    """Becomes a proposal against who headed the department when it refused, or when its time ran out."""
    act = await begin(tx, command)
    data = act.read(CooperationReport)
    task = latest_of(await cooperation_of(tx.session, act.case.complaint_id), data.department)
    ground = reportable(task, tx.now)
    assert task is not None
    since = task.answered_at if ground == REFUSED else task.due_at
    person = task.head if ground == REFUSED else head_of(act, data.department, since or tx.now)
    if person is None:
        raise Refused(Code.state_not_allowed, f"{command.name}: 该部门当时没有负责人")
    await change_cooperation(tx, task.id, reported_at=tx.now, reported_by=command.actor.id, report_reason=data.reason)
    said = f"拒绝配合：{task.answer}" if ground == REFUSED else "逾期未答复"
    event = act.emit(
        CooperationReportedV1,
        data,
        department=data.department,
        cooperating_head=person,
        person=person,
        ground=ground,
        evidence=f"{said}；{data.reason}",
    )
    return await act.accept(event, data, department=data.department, person=person, reported=ground)
