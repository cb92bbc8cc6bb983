"""The outcome of a replay as `--json` prints it: refs for ids, ISO 8601 times with the file's offset, fixed order."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.replay.simulator import RefusedStep

COMPLAINT = (
    "ref", "number", "state", "kind", "validity", "category", "severity", "severity_reason", "first_department",
    "liable", "leader",
)  # fmt: skip
CLOCK = ("complaint", "clock", "started_at", "due_at", "stopped_at", "state", "liable", "clause", "explanation")
PENALTY = (
    "complaint", "person", "rule", "units", "amount", "percent", "of", "clause", "state", "explanation",
)  # fmt: skip
PROPOSAL = ("person", "rule", "complaint", "range", "clause", "state")
MESSAGE = ("to", "template", "channel", "sent_at", "complaints")
TASK = ("person", "complaint", "command")

Rows = list[dict[str, Any]]


def assemble(
    parts: Mapping[str, Rows], refs: Mapping[str, UUID], refused: list[RefusedStep], zone: ZoneInfo
) -> dict[str, Rows]:
    """One document from what the rooms gave; rows of a case not named by a step carry its number as ref."""
    names = {str(complaint_id): ref for ref, complaint_id in refs.items()}
    for row in parts.get("complaints", ()):
        names.setdefault(str(row["complaint_id"]), row["number"])
    order = {ref: index for index, ref in enumerate(names.values())}

    def named(row: Mapping[str, Any], keys: tuple[str, ...], as_key: str) -> dict[str, Any]:
        ref = names.get(str(row.get("complaint_id")))
        return {key: ref if key == as_key else _plain(row.get(key), zone) for key in keys}

    def rows(part: str, keys: tuple[str, ...], as_key: str = "complaint") -> Rows:
        made = [named(row, keys, as_key) for row in parts.get(part, ())]
        return sorted(made, key=lambda row: order.get(row[as_key], len(order)))

    messages = [
        {
            **{key: _plain(row.get(key), zone) for key in MESSAGE},
            "complaints": sorted(
                (names.get(str(i), str(i)) for i in row["complaint_ids"]), key=lambda ref: order.get(ref, len(order))
            ),
        }
        for row in parts.get("messages", ())
    ]
    messages.sort(key=lambda row: (row["sent_at"] or "", row["template"], row["to"], row["complaints"]))
    tasks = sorted(rows("tasks", TASK), key=lambda row: (row["person"], order.get(row["complaint"], 0), row["command"]))
    return {
        "complaints": rows("complaints", COMPLAINT, "ref"),
        "clocks": rows("clocks", CLOCK),
        "penalties": rows("penalties", PENALTY),
        "proposals": rows("proposals", PROPOSAL),
        "messages": messages,
        "tasks": tasks,
        "refused": [
            {"step": row.step, "code": row.code, "detail": row.detail}
            for row in sorted(refused, key=lambda row: row.step)
        ],
    }


def _plain(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    return value
