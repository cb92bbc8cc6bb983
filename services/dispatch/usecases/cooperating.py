"""003§4,20: asking departments for help, and which of them an answer comes from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.dispatch.domain.cooperation import ASKED, latest_of
from services.dispatch.domain.duties import HELP
from services.dispatch.domain.values import Data
from services.dispatch.repository import change_cooperation, cooperation_of, departments_of, store
from services.dispatch.tables import COOPERATION_TASK, CooperationTask
from services.dispatch.usecases.acting import Acting
from shared.events.dispatch import CooperationAskedV1
from shared.kernel.errors import Code, Refused
from shared.org.acting import acts_as
from shared.org.liability import cooperating_head


def head_of(act: Acting, department: str, at: datetime) -> str | None:
    return cooperating_head(act.policy, act.directory, act.standing, department, at)


async def ask(
    act: Acting, department: str, text: str, due_at: datetime | None, *, issued: str | None = None
) -> CooperationAskedV1:
    """One open task a department: asked again while it is open, it is told anew what and by when.

    `issued` is the state the case comes into where it is the order that asks.
    """
    tx, head = act.tx, head_of(act, department, act.tx.now)
    former = latest_of(await cooperation_of(tx.session, act.case.complaint_id), department)
    asked = {"text": text, "due_at": due_at, "asked_at": tx.now, "asked_by": act.command.actor.id, "head": head}
    if former is not None and former.state == ASKED:
        await change_cooperation(tx, former.id, **asked, reported_at=None, reported_by=None, report_reason=None)
    else:
        await store(
            tx,
            COOPERATION_TASK,
            {
                "id": tx.new_id(),
                "complaint_id": act.case.complaint_id,
                "department": department,
                "state": ASKED,
                **asked,
            },
        )
    return act.emit(
        CooperationAskedV1,
        Data(),
        state=issued,
        department=department,
        cooperating_head=head,
        text=text,
        due_at=due_at,
        at_issue=issued is not None,
    )


async def ask_at_issue(act: Acting, departments: Iterable[str], state: str) -> dict[str, Any]:
    """What issuing the order changes in the case: each cooperating department there is has a task, as the policy says.

    Our reading of 无条件配合: each is to help until the case must be completed.
    """
    rule = act.policy.cooperation
    known = departments_of(act.directory, act.case.project_id)
    asked = [unit for unit in departments if unit in known] if rule is not None and rule.at_issue else []
    if rule is None or not asked:
        return {}
    for unit in asked:
        await ask(act, unit, rule.text, act.case.required_by, issued=state)
    return still_asked(act, [*act.case.asked, *asked])


def still_asked(act: Acting, departments: Iterable[str]) -> dict[str, Any]:
    """The case's columns with these departments still to answer."""
    asked = list(dict.fromkeys(departments))
    pending = {name: since for name, since in act.case.pending.items() if name != HELP}
    if asked:
        pending[HELP] = act.case.pending.get(HELP, act.tx.now.isoformat())
    return {"asked": asked, "pending": pending}


async def task_to_answer(act: Acting, department: str | None) -> CooperationTask:
    """The open task of the actor's department. Raises Refused: not his, none is open, or not told which of several."""
    now, person = act.tx.now, act.command.actor.person or ""
    tasks = await cooperation_of(act.tx.session, act.case.complaint_id)
    own = [
        task
        for task in tasks
        if department in (None, task.department)
        and acts_as(act.directory, person, [head_of(act, task.department, now)], now) is not None
    ]
    if tasks and not own:
        raise Refused(Code.scope_not_allowed, f"{act.command.name}: 配合任务由被请部门的负责人答复")
    open_tasks = [task for task in own if task.state == ASKED and task.department in act.case.asked]
    if not open_tasks:
        raise Refused(Code.state_not_allowed, f"{act.command.name}: 没有待该部门完成的配合任务")
    if len(open_tasks) > 1:
        units = "、".join(task.department for task in open_tasks)
        raise Refused(Code.field_missing, f"缺少必填项 department：{units}", field="department")
    return open_tasks[0]
