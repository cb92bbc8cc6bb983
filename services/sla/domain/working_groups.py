"""I3, 003§27, 33.3: the groups that the general manager sends to the spot, as the facts tell of them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.sla.domain.facts import Fact
from shared.org.model import Directory
from shared.policy.reports import Watch

FORMED, ENDED = "working_group_formed", "working_group_ended"


@dataclass(frozen=True, slots=True)
class WorkingGroup:
    """The `number`th of its case, from 1; it works until `ended_at`."""

    number: int
    formed_at: datetime
    formed_by: str
    members: tuple[str, ...]
    reason: str
    task: str
    ended_at: datetime | None = None
    result: str | None = None


def groups_of(facts: Iterable[Fact]) -> list[WorkingGroup]:
    """Of one case, in turn."""
    groups: dict[int, WorkingGroup] = {}
    for fact in facts:
        data = fact.data
        if fact.name == FORMED:
            members = tuple(data["members"])
            groups[data["number"]] = WorkingGroup(
                data["number"], fact.at, fact.by, members, data["reason"], data.get("task") or ""
            )
        elif fact.name == ENDED and data["number"] in groups:
            groups[data["number"]] = replace(groups[data["number"]], ended_at=fact.at, result=data["result"])
    return [groups[number] for number in sorted(groups)]


def why_proposed(watch: Watch, severity: str | None, due_at: datetime | None, now: datetime) -> str | None:
    """Why an unfinished case that was issued calls for a group, or None."""
    if severity in watch.at_once:
        return "重大、群体性及共性问题投诉应立即组织现场督促"
    if due_at is not None and watch.severe.elapsed is not None and now - due_at > watch.severe.elapsed:
        return f"处理超期 {watch.severe.label}以上"
    return None


def shown_group(group: WorkingGroup, directory: Directory, project_id: str) -> dict[str, Any]:
    zone = directory.zone(project_id)
    return {
        "number": group.number,
        "state": "ended" if group.ended_at else "formed",
        "formed_at": group.formed_at.astimezone(zone),
        "formed_by": group.formed_by,
        "members": [{"person": one, "name": directory.name_of(one)} for one in group.members],
        "reason": group.reason,
        "task": group.task,
        "ended_at": group.ended_at.astimezone(zone) if group.ended_at else None,
        "result": group.result,
    }
