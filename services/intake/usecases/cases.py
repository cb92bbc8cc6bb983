"""What every command on a registered complaint does first: find the case and ask whether this may be done to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.intake import repository
from services.intake.domain.case import Whereabouts, narrowed, require_state, require_step, state_of
from services.intake.tables import Complaint
from shared.kernel.errors import Code, Refused
from shared.org.authority import require_authority
from shared.org.confidential import confined_to, require_confidence
from shared.org.liability import CaseStanding, first_department
from shared.org.model import Directory
from shared.policy.base import ASPECTS
from shared.policy.model import Policy, Step
from shared.room.room import Actor, Command, Tx

AFTER_MERGING = frozenset({"complaint.rate_window"})
"""What is still done to a complaint that was merged: its customer has been at the window all the same."""


@dataclass(frozen=True, slots=True)
class Case:
    record: Complaint
    policy: Policy
    whereabouts: Whereabouts
    state: str


def standing(policy: Policy, record: Complaint, whereabouts: Whereabouts) -> CaseStanding:
    """Until an order names a department, that of the category is the first."""
    placed = CaseStanding(
        record.project_id,
        record.category,
        record.severity,
        record.officer,
        whereabouts.first_department,
        confined_to=posts_of(policy, record),
        guardian=record.guardian,
    )
    return replace(placed, first_department=first_department(policy, placed))


def posts_of(policy: Policy, record: Complaint, **changed: Any) -> tuple[str, ...]:
    """B9: the posts that alone see the complaint, as it is or with what is `changed` in it."""
    fields = changed.pop("fields", record.fields)
    return confined_to(policy, {**{name: getattr(record, name) for name in ASPECTS}, **changed}, fields)


def not_found() -> Refused:
    return Refused(Code.not_found, "没有这件投诉")


def require_actor(
    step: Step, actor: Actor, policy: Policy, directory: Directory, standing: CaseStanding, own: bool, at: datetime
) -> str | None:
    """A7: raises Refused unless the actor may do the step on this case now. `own`: it is the customer's own case.

    The absent person for whom he acts; None where he acts in his own right.
    """
    if actor.kind == "customer":
        if "customer" not in step.by:
            raise Refused(Code.role_not_allowed, f"{step.name}：客户不能进行此操作")
        if not own:
            raise Refused(Code.scope_not_allowed, f"{step.name}：客户只能操作自己的投诉")
        return None
    if actor.kind != "person" or actor.person is None:
        raise Refused(Code.role_not_allowed, f"{step.name}：须由人员操作")
    return require_authority(step.command, step.by, policy, directory, standing, actor.person, at)


async def open_case(tx: Tx, command: Command) -> Case:
    """The case, locked. Raises Refused where it does not exist or policy, role, state or version forbid the command."""
    if command.complaint_id is None:
        raise not_found()
    record = await repository.complaint(tx.session, command.complaint_id, lock=True)
    if record is None:
        raise not_found()
    case = await case_of(tx, record)
    policy, whereabouts, state = case.policy, case.whereabouts, case.state
    directory = await tx.directory()
    placed = standing(policy, record, whereabouts)
    own = command.actor.complaint_id == record.id
    if command.actor.kind == "person":
        require_confidence(policy, directory, placed, command.actor.person or "", tx.now)
    elif placed.confined_to and not own:
        raise not_found()
    step = require_step(policy, command.name, vars_of(record))
    if record.merged_into is None:
        step = narrowed(step, policy, state)
    away = require_actor(step, command.actor, policy, directory, placed, own, tx.now)
    if away is not None:
        tx.noted["on_behalf_of"] = away
    if record.merged_into is not None and command.name not in AFTER_MERGING:
        survivor = await repository.number_of(tx.session, record.merged_into)
        raise Refused(Code.state_not_allowed, f"{step.name}：{record.number} 已并入 {survivor}，请在 {survivor} 上办理")
    require_state(step, policy, state)
    if command.expected_version is not None and command.expected_version != record.version:
        raise Refused(
            Code.version_conflict, f"记录已变更为第 {record.version} 版（请求基于第 {command.expected_version} 版）"
        )
    return case


async def case_of(tx: Tx, record: Complaint) -> Case:
    whereabouts = await repository.whereabouts(tx.session, record.id)
    policy = tx.room.policies.get(record.policy_id, record.policy_version)
    return Case(record, policy, whereabouts, state_in(policy, record, whereabouts))


def state_in(policy: Policy, record: Complaint, whereabouts: Whereabouts) -> str:
    return state_of(policy, record.closed, whereabouts, merged=record.merged_into is not None)


def closed(case: Case) -> bool:
    return case.state in case.policy.closed_states


def judged_facts(record: Complaint) -> dict[str, Any]:
    """What a severity is computed from."""
    return judged_from(vars_of(record))


def judged_from(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a record's columns."""
    loss_fen = columns["loss_fen"]
    return {
        **columns["fields"],
        "lawsuit": columns["lawsuit"],
        "media": columns["media"],
        "people_count": columns["people_count"],
        "loss_amount": None if loss_fen is None else Decimal(loss_fen) / 100,
    }


def vars_of(record: Complaint) -> dict[str, Any]:
    return record.model_dump()
