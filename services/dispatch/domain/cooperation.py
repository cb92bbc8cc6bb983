"""003§4,20: what a cooperating department was asked for, and what may be reported of it. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from shared.kernel.errors import Code, Refused

ASKED, DONE, REFUSED = "asked", "done", "refused"
SILENT = "silent"
MOST_DEPARTMENTS = 20
"""Of one case: more cannot help."""


class Task(Protocol):
    """What of a task decides."""

    department: str
    state: str
    due_at: datetime | None
    answered_at: datetime | None
    reported_at: datetime | None


T = TypeVar("T", bound=Task)


def is_overdue(task: Task, now: datetime) -> bool:
    """Whether the answer is, or was, later than the due time."""
    return task.due_at is not None and (task.answered_at or now) > task.due_at


def latest_of(tasks: Iterable[T], department: str) -> T | None:
    """The last task of the department; the tasks come oldest first."""
    found = [task for task in tasks if task.department == department]
    return found[-1] if found else None


def reportable(task: Task | None, now: datetime) -> str:
    """Why the department may be reported: it refused, or let the due time pass. Raises Refused where it may not."""
    if task is None:
        raise Refused(Code.field_invalid, "department: 没有请该部门配合过", field="department")
    if task.reported_at is not None:
        raise Refused(Code.state_not_allowed, "该部门此次拒不配合已上报")
    if task.state == REFUSED:
        return REFUSED
    if task.state == ASKED and is_overdue(task, now):
        return SILENT
    raise Refused(Code.state_not_allowed, "该部门未拒绝，也未逾期，不能上报")
