"""cooperation.ask (003§4,20): the first responsible department asks another for help, by a time of its own."""

from typing import Any

from services.dispatch.domain.cooperation import MOST_DEPARTMENTS
from services.dispatch.domain.deadlines import earlier
from services.dispatch.domain.values import Data, Instant, Name, Text
from services.dispatch.repository import departments_of
from services.dispatch.usecases.acting import begin
from services.dispatch.usecases.cooperating import ask, still_asked
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class CooperationAsk(Data):
    department: Name
    text: Text
    due_at: Instant | None = None


async def ask_cooperation(tx: Tx, command: Command) -> dict[str, Any]:
    """A department that does not cooperate yet is added. Without `due_at` the case's own deadline holds."""
    act = await begin(tx, command)
    data = act.read(CooperationAsk)
    case, unit = act.case, data.department
    if unit == case.first_department:
        raise Refused(Code.field_invalid, "department: 第一责任部门自己负责，无须请求配合", field="department")
    if unit not in departments_of(act.directory, case.project_id):
        raise Refused(Code.field_invalid, f"department: 本项目的公司没有部门 {unit}", field="department")
    if data.due_at is not None and data.due_at <= tx.now:
        raise Refused(Code.field_invalid, "due_at: 完成时间须晚于现在", field="due_at")
    cooperating = list(dict.fromkeys([*case.cooperating, unit]))
    if len(cooperating) > MOST_DEPARTMENTS:
        raise Refused(Code.field_invalid, f"department: 配合部门最多 {MOST_DEPARTMENTS} 个", field="department")
    due_at = data.due_at or earlier(case.required_by, case.agreed_completion_at)
    event = await ask(act, unit, data.text, due_at)
    changes = still_asked(act, [*case.asked, unit])
    if cooperating != case.cooperating:
        changes["cooperating"] = cooperating
    return await act.accept(
        event,
        data,
        changes=changes,
        department=unit,
        due_at=due_at.isoformat() if due_at else None,
        cooperating_head=event.cooperating_head,
    )
