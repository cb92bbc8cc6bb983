"""A complaint as intake's commands see it: its record, where dispatch has it, and who answers for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.kernel.errors import Code, Refused
from shared.org.acting import acts_as, posts_for
from shared.org.authority import holders_of
from shared.org.confidential import in_confidence
from shared.org.liability import CaseStanding
from shared.org.model import Directory, Post
from shared.policy.base import CaseCondition
from shared.policy.model import Policy, Step

NOT_HANDLING = frozenset({"finding.record", "penalty.appeal", "penalty.waive", "proposal.decide", "complaint.correct"})
"""Steps whose doers judge people, or put a record right, and need no customer's number for it."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where dispatch has the case. The defaults hold before its first act has been heard of.

    `ordered`: an order was submitted; `issued`: one is in force. `required_by` is the order's.
    """

    state: str | None = None
    first_department: str | None = None
    cooperating: list[str] | None = None
    ordered: bool = False
    issued: bool = False
    required_by: datetime | None = None


def state_of(policy: Policy, closed: bool, whereabouts: Whereabouts, *, merged: bool = False) -> str:
    """Dispatch owns the state; what intake closed is closed unless dispatch had gone on with it before it heard.

    What was merged into another ends wherever it was.
    """
    if merged and whereabouts.state not in policy.closed_states:
        return policy.closed_states[0]
    if whereabouts.state not in (None, policy.initial_state):
        return str(whereabouts.state)
    return policy.closed_states[0] if closed else policy.initial_state


def cooperating_of(policy: Policy, category: str | None, whereabouts: Whereabouts) -> list[str]:
    if whereabouts.cooperating is not None:
        return whereabouts.cooperating
    found = policy.categories.get(category or "")
    return found.cooperating if found else []


def require_step(policy: Policy, command: str, case: Mapping[str, Any]) -> Step:
    """The policy's step for the command. Raises Refused where the policy has none for such a case."""
    step = policy.steps.get(command)
    if step is None:
        raise Refused(Code.policy_not_allowed, f"《{policy.name}》没有 {command} 这一步骤")
    if not fits(step.case, case):
        raise Refused(Code.policy_not_allowed, f"《{policy.name}》的{step.name}（{step.clause}）不适用于本案")
    return step


def fits(condition: CaseCondition, case: Mapping[str, Any]) -> bool:
    fields: Mapping[str, Any] = case.get("fields") or {}
    return condition.holds(case, fields)


def require_state(step: Step, policy: Policy, state: str) -> None:
    if step.states and state not in step.states:
        allowed = "、".join(policy.state_names.get(name, name) for name in step.states)
        raise Refused(
            Code.state_not_allowed, f"{step.name}：当前状态为{policy.state_names.get(state, state)}，须为{allowed}"
        )


def narrowed(step: Step, policy: Policy, state: str) -> Step:
    """The step as the state leaves it: some only the policy's `by_closed` may still take once the case is closed."""
    if step.by_closed and state in policy.closed_states:
        return step.model_copy(update={"by": step.by_closed})
    return step


def handles(
    policy: Policy, directory: Directory, standing: CaseStanding, cooperating: list[str], person: str, at: datetime
) -> bool:
    """A6: whether the person handles this case, so that the customer's name and number are his business."""
    posts = {"officer", *(post for step in policy.step if step.command not in NOT_HANDLING for post in step.by)}
    if standing.confined_to:  # who sees a confidential case works on it
        return in_confidence(policy, directory, standing, person, at)
    if acts_as(directory, person, (standing.guardian,), at) is not None:
        return True
    if acts_as(directory, person, holders_of(posts, policy, directory, standing, at), at) is not None:
        return True
    project = directory.project(standing.project_id)
    places = {project.company, project.property_company} if project else set()
    return any(
        held.post is Post.department_head and held.scope in places and held.unit in cooperating
        for held in posts_for(directory, person, at)
    )


def zone_of(policy: Policy) -> ZoneInfo:
    """The zone in which a signed text tells its times: it must never change, and the policy of a case never does."""
    return ZoneInfo(policy.timezone)
