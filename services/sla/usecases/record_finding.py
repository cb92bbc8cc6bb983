"""003§17, 35, 37: the group auditor records a finding against a person, with the evidence."""

from typing import Any

from services.sla.repository import remember
from services.sla.usecases.authorise import authorised_case
from shared.events.sla import FindingRecordedV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.policy.clocks import FindingPenalty, FindingProposal
from shared.room.commands import parse
from shared.room.room import Command, Tx


class RecordFinding(CommandData):
    kind: str
    person: str
    evidence: str | list[str] | None = None


async def record_finding(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused for a kind of finding the policy does not name, or a person the directory does not."""
    case = await authorised_case(tx, command)
    data = parse(RecordFinding, command.data)
    rules = [*case.policy.penalty, *case.policy.proposal]
    known = {kind for rule in rules if isinstance(rule, FindingPenalty | FindingProposal) for kind in rule.findings}
    if data.kind not in known:
        raise Refused(Code.field_invalid, f"kind: 可用 {'、'.join(sorted(known))}", field="kind")
    if (await tx.directory()).person(data.person) is None:
        raise Refused(Code.field_invalid, f"person: 通讯录中没有 {data.person}", field="person")
    evidence = "；".join(data.evidence) if isinstance(data.evidence, list) else data.evidence
    event = tx.emit(
        FindingRecordedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        kind=data.kind,
        person=data.person,
        evidence=evidence,
    )
    await remember(tx.session, event, tx.now)
    return {"complaint": str(case.complaint_id), "number": case.number, "event": str(event.event_id)}
