"""H4: a person decides about a disciplinary proposal; the system never does."""

from typing import Any, Literal
from uuid import UUID

from services.sla.repository import calendars, facts_of, ledger_of, remember
from services.sla.usecases.authorise import authorised_case
from services.sla.usecases.cross_case import cross_proposals
from services.sla.usecases.decide_ranking import decide_ranking
from shared.events.sla import ProposalDecidedV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


class DecideProposal(CommandData):
    """`proposal` names one that belongs to no case; else the case's is named by `rule` and `person`."""

    rule: str | None = None
    person: str | None = None
    proposal: UUID | None = None
    decision: Literal["impose", "dismiss"]
    measure: str | None = None


async def decide_proposal(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused where nothing of the kind is proposed, where it was decided before, and without a reason."""
    if command.complaint_id is None and "proposal" in command.data:
        data = parse(DecideProposal, command.data)
        return await decide_ranking(tx, command, data.proposal, data.decision, data.measure, data.reason)
    case = await authorised_case(tx, command)
    data = parse(DecideProposal, command.data)
    for name in ("rule", "person"):
        if getattr(data, name) is None:
            raise Refused(Code.field_missing, f"缺少必填项 {name}", field=name)
    if not (data.reason or "").strip():
        raise Refused(Code.field_missing, "缺少必填项 reason", field="reason")
    facts = await facts_of(tx.session, case.complaint_id)
    found = ledger_of(tx.room.policies, await tx.directory(), facts, tx.now, await calendars(tx.room, tx.session))
    open_ones = [p for p in found.proposals if (p.rule, p.person) == (data.rule, data.person)] if found else []
    # What rests on several cases is decided in the one that tipped it.
    crossing = await cross_proposals(tx.room, tx.session, tx.now)
    open_ones += [p for tipping, p in crossing
                  if tipping == case.complaint_id and (p.rule, p.person) == (data.rule, data.person)]  # fmt: skip
    if not open_ones:
        raise Refused(Code.field_invalid, "本案没有对此人的这项处分建议", field="rule")
    if all(proposal.state != "proposed" for proposal in open_ones):
        raise Refused(Code.state_not_allowed, "这项处分建议已有决定")
    event = tx.emit(
        ProposalDecidedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        rule=data.rule,
        person=data.person,
        decision=data.decision,
        measure=data.measure,
        reason=data.reason,
    )
    await remember(tx.session, event, tx.now)
    return {"complaint": str(case.complaint_id), "number": case.number, "event": str(event.event_id)}
