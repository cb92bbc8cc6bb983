"""C1, C5: kind, validity, category and severity are set by a person, with history."""

from typing import Any

from services.intake.domain.severity import name_of
from services.intake.domain.text import is_blank
from services.intake.usecases.cases import open_case
from services.intake.usecases.forms import ClassifyData
from services.intake.usecases.reclassify import FIELDS, reclassify
from services.intake.usecases.recurrences import confirm
from shared.kernel.errors import Code, Refused
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.room import Command, Tx


async def classify(tx: Tx, command: Command) -> dict[str, Any]:
    """003§33, 000§3.2: what is not named stays as it is. A severity other than the computed one needs a reason."""
    case = await open_case(tx, command)
    record, policy = case.record, case.policy
    if all(is_blank(command.data.get(name)) for name in FIELDS):
        raise Refused(Code.field_missing, "kind、validity、category、severity 至少填一项", field="kind")
    severity = command.data.get("severity")
    overrides = not is_blank(severity) and severity != record.computed_severity
    if overrides and is_blank(command.data.get("reason")):
        raise Refused(
            Code.field_missing,
            f"与系统判定（{name_of(policy, record.computed_severity)}）不同的定级须写明理由 reason",
            field="reason",
        )
    data = parse(ClassifyData, command.data)
    _require_known(data, policy)
    changes = {name: value for name in FIELDS if (value := getattr(data, name)) is not None}
    if data.severity is not None:
        changes["severity_reason"] = (
            record.computed_reason
            if data.severity == record.computed_severity
            else f"{name_of(policy, data.severity)}：{data.reason}（人工定级）"
        )
    after = await reclassify(tx, record, changes, by=command.actor.id, reason=data.reason)
    if data.severity is not None:
        await confirm(tx, policy, record, after, by=command.actor.id, reason=data.reason)
    return {"complaint": str(record.id), "state": case.state, **after, "version": record.version + 1}


def _require_known(data: ClassifyData, policy: Policy) -> None:
    known = {
        "kind": [kind.id for kind in policy.record.kinds],
        "validity": [validity.id for validity in policy.record.validities],
        "category": list(policy.categories),
        "severity": [severity.id for severity in policy.record.severities],
    }
    for name, allowed in known.items():
        value = getattr(data, name)
        if value is not None and value not in allowed:
            raise Refused(Code.field_invalid, f"{name} 须为 {'、'.join(allowed) or '（本制度不设）'} 之一", field=name)
