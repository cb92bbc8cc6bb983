"""The one table of who may do what when: a policy's steps, asked of a case. Refuses by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.errors import Code, Refused
from shared.policy.base import CaseCondition
from shared.policy.model import Policy, Step

CASE_WORK = frozenset(
    {
        "complaint.reply", "complaint.transfer", "order.submit", "order.review", "order.issue", "order.dispatch",
        "visit.record", "visit.material", "customer.call", "plan.enter", "progress.enter", "closure.apply",
        "closure.verify", "closure.review", "closure.approve", "closure.close", "extension.grant", "claim.raise",
        "claim.report", "claim.decide", "claim.file", "meeting.hold", "meeting.minutes", "cooperation.ask",
        "cooperation.done", "cooperation.refuse", "cooperation.report",
    }
)  # fmt: skip
"""The commands this room carries out; a policy that has no step for one does without it."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What of a case the steps ask about."""

    state: str
    kind: str
    validity: str | None
    category: str | None
    severity: str
    channel: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def fits(condition: CaseCondition, case: Situation) -> bool:
    """Whether every key the condition gives holds for the case."""
    aspects = {
        "kind": case.kind,
        "validity": case.validity,
        "category": case.category,
        "severity": case.severity,
        "channel": case.channel,
    }
    return condition.holds(aspects, case.fields)


def step_of(policy: Policy, command: str, case: Situation) -> Step:
    """The policy's step for the command. Raises Refused(policy.not_allowed) where it has none for such a case."""
    step = policy.steps.get(command)
    if step is None:
        raise Refused(Code.policy_not_allowed, f"{command}: 《{policy.name}》没有这一步骤")
    if not fits(step.case, case):
        raise Refused(Code.policy_not_allowed, f"{command}: {step.name}不适用于这类案件（{step.clause}）")
    return step


def require_state(step: Step, policy: Policy, state: str) -> None:
    """A step without states may be done in any. Raises Refused(state.not_allowed)."""
    if step.states and state not in step.states:
        names = policy.state_names
        accepted = "、".join(names.get(one, one) for one in step.states)
        raise Refused(
            Code.state_not_allowed,
            f"{step.command}: 当前状态为{names.get(state, state)}，{step.name}只能在{accepted}时进行",
        )


def next_state(step: Step, state: str, choice: str | None = None) -> str:
    """Where the step leads: by what was chosen (an outcome, a purpose), else always, else nowhere."""
    if state in step.stays:
        return state
    if choice is not None and choice in step.decisions:
        return step.decisions[choice]
    return step.to or state


def decided_state(step: Step, state: str, decision: str) -> str:
    """Where a decision leads. Raises Refused(field.invalid) for one that the step does not know."""
    if step.decisions:
        if decision not in step.decisions:
            accepted = "、".join(step.decisions)
            raise Refused(Code.field_invalid, f"decision: {step.name}只接受 {accepted}", field="decision")
        return step.decisions[decision]
    if decision != "approve":
        raise Refused(Code.field_invalid, f"decision: {step.name}只接受 approve", field="decision")
    return step.to or state


def is_closed(policy: Policy, state: str) -> bool:
    return state in policy.closed_states


def require_fields(step: Step, data: Mapping[str, Any]) -> None:
    """What the policy requires of the step. Raises Refused(field.missing) with the first that is not there."""
    for name in step.required:
        require_field(name, data)


def require_field(name: str, data: Mapping[str, Any]) -> None:
    value: Any = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None or value == []:
        raise Refused(Code.field_missing, f"缺少必填项 {name}", field=name)


def require_known_fields(step: Step, fields: Mapping[str, Any]) -> None:
    """Only what the policy lets be recorded with the step. Raises Refused(field.invalid)."""
    known = {field.id.removeprefix("fields."): field for field in step.fields}
    for name, value in fields.items():
        if name not in known:
            accepted = "、".join(known) or "无"
            raise Refused(Code.field_invalid, f"fields.{name}: {step.name}可记录 {accepted}", field=f"fields.{name}")
        if not known[name].accepts(value):
            accepted = "、".join(option.id for option in known[name].options) or "单项内容"
            raise Refused(Code.field_invalid, f"fields.{name}: 须为 {accepted}", field=f"fields.{name}")


def level_above(policy: Policy, reported: int) -> str:
    """001b§1⑥⑦: each obstacle that is reported goes one level higher than the one before it, until the highest."""
    if not policy.escalation:
        raise Refused(Code.field_invalid, f"obstacle: 《{policy.name}》没有规定逐级上报", field="obstacle")
    return policy.escalation[min(reported, len(policy.escalation) - 1)].id
