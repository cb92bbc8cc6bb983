"""H4, 003§16: a person decides about a proposal that rests on the officers' ranking and belongs to no case."""

from typing import Any, Literal
from uuid import UUID

from services.sla.repository import DECISION
from services.sla.usecases.cross_case import proposal_of_no_case, sees_everything
from shared.db.statements import insert_new
from shared.events.sla import RankingDecidedV1
from shared.kernel.errors import Code, Refused
from shared.org.authority import in_words, require_authority
from shared.org.liability import CaseStanding
from shared.policy.model import Policy
from shared.room.room import Command, Tx

Decision = Literal["impose", "dismiss"]


async def decide_ranking(
    tx: Tx, command: Command, key: UUID | None, decision: Decision, measure: str | None, reason: str | None
) -> dict[str, Any]:
    """Of those whom the policy names for proposals of a case. To whoever may not see the proposal it is not there."""
    found = await proposal_of_no_case(tx.room, tx.session, key, tx.now) if key else None
    if found is None:
        raise Refused(Code.not_found, "没有这项处分建议")
    policy, proposal = found
    if not sees_everything(await tx.directory(), command.actor, tx.now) and command.actor.person != proposal.person:
        raise Refused(Code.not_found, "没有这项处分建议")
    await _require_entitled(tx, command, policy)
    if not (reason or "").strip():
        raise Refused(Code.field_missing, "缺少必填项 reason", field="reason")
    event = tx.emit(
        RankingDecidedV1,
        proposal=key,
        rule=proposal.rule,
        person=proposal.person,
        period=proposal.period,
        decision=decision,
        measure=measure,
        reason=reason,
        by=command.actor.id,
    )
    # The key is what lets only the first of two decisions stand.
    if proposal.state != "proposed" or not await keep_decision(tx, event):
        raise Refused(Code.state_not_allowed, "这项处分建议已有决定")
    return {"proposal": str(key), "event": str(event.event_id)}


async def keep_decision(tx: Tx, event: RankingDecidedV1) -> bool:
    """Whether it is the first about its proposal; in a group, a region's decision is kept as it comes."""
    names = ("proposal", "rule", "person", "period", "decision", "measure", "reason", "by")
    row = {name: getattr(event, name) for name in names} | {"at": event.occurred_at}
    return await insert_new(tx.session, DECISION, row)


async def _require_entitled(tx: Tx, command: Command, policy: Policy) -> None:
    step = policy.steps.get(command.name)
    if step is None:
        raise Refused(Code.policy_not_allowed, f"《{policy.name}》没有 {command.name} 这一步")
    if command.actor.kind != "person" or command.actor.person is None:
        raise Refused(Code.role_not_allowed, f"{command.name}: 只允许{in_words(step.by)}操作")
    nowhere = CaseStanding("", None, policy.record.default_severity, None)
    directory = await tx.directory()
    away = require_authority(command.name, step.by, policy, directory, nowhere, command.actor.person, tx.now)
    if away is not None:
        tx.noted["on_behalf_of"] = away
