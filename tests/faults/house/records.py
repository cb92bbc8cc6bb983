"""The acts of a case as dispatch has written them down, as a record for the formulas."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.faults.house.client import Acknowledged
from tests.faults.house.lives import Matter
from tests.kit.formulas import Record


def record_of(registered: Acknowledged, matter: Matter, acts: Iterable[Any]) -> Record:
    """What the client said of the case at its registration, and when each of its acts was done."""
    said = registered.data
    record = Record(
        datetime.fromisoformat(said["contact_ended_at"]),
        datetime.fromisoformat(said["required_by"]),
        matter.people,
    )
    for act in sorted(acts, key=lambda row: row.version):
        _add(record, act.command, act.data, act.recorded_at)
    return record


def _add(record: Record, command: str, data: dict[str, Any], at: datetime) -> None:
    returned = data.get("decision") == "return"
    match command:
        case "order.submit":
            record.submit(at)
        case "order.review" | "order.issue" if returned:
            record.send_back(at)
        case "order.review":
            record.orders[-1]["reviewed"] = at
        case "order.issue":
            record.issue(at)
        case "visit.record":
            record.visit(at, with_plan=bool(data.get("plan")))
        case "visit.material" | "progress.enter":
            record.entries.append(at)
        case "plan.enter":
            record.plan(at)
        case "closure.apply":
            record.apply(at)
        case "closure.verify" | "closure.review" | "closure.approve" if returned:
            record.return_application(at)
        case "closure.approve":
            record.closed = at
