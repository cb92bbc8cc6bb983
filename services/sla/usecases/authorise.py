"""The checks every command of sla begins with: the case is known, the policy has the step, the person may do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from services.sla.repository import CASE
from services.sla.usecases.confiding import standing_of_row
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.authority import in_words, require_authority
from shared.org.confidential import require_confidence
from shared.policy.model import Policy, Step
from shared.room.room import Command, Tx

TAKEN_LIKE: Mapping[str, str] = {"penalty.uphold": "penalty.waive"}
"""Who may grant an appeal may also turn it down: a policy need not name both, and none can leave appeals unanswered."""


def step_of(policy: Policy, command: str) -> Step | None:
    """The policy's step by which the command is taken."""
    return policy.steps.get(TAKEN_LIKE.get(command, command))


@dataclass(frozen=True, slots=True)
class AuthorisedCase:
    complaint_id: UUID
    number: str
    project_id: str
    policy: Policy


async def authorised_case(tx: Tx, command: Command) -> AuthorisedCase:
    """The case of the command, locked. Raises Refused: not_found, policy.not_allowed, role or scope."""
    statement = select(CASE).where(CASE.c.complaint_id == command.complaint_id).with_for_update()
    rows = await fetch(tx.session, statement) if command.complaint_id else []
    if not rows or rows[0].policy_id is None:
        raise Refused(Code.not_found, "没有这宗投诉")
    row = rows[0]
    policy = tx.room.policies.get(row.policy_id, row.policy_version)
    standing, directory = standing_of_row(row), await tx.directory()
    if command.actor.kind == "person":
        require_confidence(policy, directory, standing, command.actor.person or "", tx.now)
    elif standing.confined_to:
        raise Refused(Code.not_found, "没有这宗投诉")
    step = step_of(policy, command.name)
    if step is None:
        raise Refused(Code.policy_not_allowed, f"《{policy.name}》没有 {command.name} 这一步")
    if command.actor.kind != "person" or command.actor.person is None:
        raise Refused(Code.role_not_allowed, f"{command.name}: 只允许{in_words(step.by)}操作")
    away = require_authority(command.name, step.by, policy, directory, standing, command.actor.person, tx.now)
    if away is not None:
        tx.noted["on_behalf_of"] = away
    return AuthorisedCase(row.complaint_id, row.number, row.project_id, policy)
