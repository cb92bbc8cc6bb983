"""A policy (制度) as data: everything a document fixes, each number and list beside its clause. Pure."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from shared.policy.base import CaseCondition, Frozen, Yuan
from shared.policy.clocks import (
    Clock,
    DailyBracketPenalty,
    DelayProposal,
    FindingPenalty,
    IntervalPenalty,
    Penalty,
    Proposal,
    Reminder,
)

POSTS = frozenset(
    {
        "officer", "employee", "customer", "system", "liable", "leader", "chairman", "first_department_head",
        "deputy_general_manager", "general_manager", "vice_president", "auditor", "hr_centre", "finance_centre",
        "project_general_manager",
    }
)  # fmt: skip
"""Everyone a policy can name: `officer` is the case's service officer, `liable` and `leader` follow the policy."""

FACTS = frozenset(
    {
        "complaint_registered", "complaint_signed", "complaint_classified", "complaint_linked", "complaint_replied",
        "complaint_transferred", "window_rated", "order_submitted", "order_reviewed", "order_returned",
        "order_issued", "order_dispatched", "visit_recorded", "visit_material_entered", "customer_called",
        "plan_entered", "progress_entered", "closure_applied", "closure_verified", "closure_reviewed",
        "closure_returned", "case_closed", "extension_granted", "claim_raised", "claim_reported", "claim_decided",
        "claim_filed", "meeting_held", "meeting_minuted", "finding_recorded",
    }
)  # fmt: skip
"""Every fact a clock may start, stop or be cancelled by."""


class Named(Frozen):
    id: str
    name: str


class Category(Frozen):
    """A category with its first responsible and cooperating departments and the leader's field (003§20,21)."""

    id: str
    name: str
    clause: str
    first: str
    cooperating: list[str] = Field([], alias="with")
    field: str
    sub: list[str] = []


class SeverityRule(Frozen):
    """The first rule that holds gives the severity: any flag set, or any number reached."""

    severity: str
    clause: str
    reason: str
    flags: list[str] = []
    at_least: dict[str, int] = {}


class LiableRule(Frozen):
    """The first rule that fits the case gives the post (003§5, 21)."""

    post: str
    clause: str
    severity: list[str] | None = None
    company: Literal["regional", "property"] | None = None
    city_tier: str | None = None


class Step(Frozen):
    """One command: in which states, by whom, and where it leads. Absent from a policy, the command is refused.

    `to` is the next state; `decisions`, `outcomes` by the value of the field `by_field` replace it. Empty: no change.
    """

    command: str
    clause: str
    name: str
    by: list[str] = Field(min_length=1)
    states: list[str] = []
    to: str | None = None
    decisions: dict[str, str] = {}
    required: list[str] = []
    case: CaseCondition = CaseCondition()
    waits: bool = True


class Record(Frozen):
    """B1-B4: how a complaint comes in and what must be recorded."""

    clause: str
    channels: list[str] = Field(min_length=1)
    required: list[str]
    kinds: list[Named] = Field(min_length=1)
    default_kind: str
    validities: list[Named] = []
    severities: list[Named] = Field(min_length=1)
    default_severity: str
    default_category: str | None = None
    open_months_after_handover: int | None = Field(None, ge=0, le=120)


class ClaimTier(Frozen):
    """Up to so many yuan (without: any amount) the post may decide a claim (003§34)."""

    up_to_yuan: Yuan | None = None
    post: str
    severity: list[str] | None = None


class ClosingGround(Frozen):
    """A ground on which a case may be closed without the approval chain (000§3.4.2)."""

    id: str
    name: str
    clause: str
    required: list[str] = []
    letter_months: int | None = Field(None, gt=0)
    needs_call: str | None = None


class Policy(Frozen):
    """One document as the engine runs it. `version` is the date from which it is in force."""

    id: str
    name: str
    document: str
    effective_from: date
    timezone: str = "Asia/Shanghai"
    record: Record
    states: list[Named] = Field(min_length=2)
    initial_state: str
    closed_states: list[str] = Field(min_length=1)
    property_departments: list[str] = []
    category: list[Category] = Field(min_length=1)
    severity_rule: list[SeverityRule] = []
    liable: list[LiableRule] = Field(min_length=1)
    leader: list[LiableRule] = []
    step: list[Step] = Field(min_length=1)
    clock: list[Clock] = []
    penalty: list[Penalty] = []
    proposal: list[Proposal] = []
    reminder: list[Reminder] = []
    claim_tier: list[ClaimTier] = []
    ground: list[ClosingGround] = []
    waive_by: list[str] = []

    @property
    def version(self) -> str:
        return self.effective_from.isoformat()

    @cached_property
    def steps(self) -> dict[str, Step]:
        return {step.command: step for step in self.step}

    @cached_property
    def categories(self) -> dict[str, Category]:
        return {category.id: category for category in self.category}

    @cached_property
    def clocks(self) -> dict[str, Clock]:
        return {clock.id: clock for clock in self.clock}

    @cached_property
    def state_names(self) -> dict[str, str]:
        return {state.id: state.name for state in self.states}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterable[str]:
        states = {state.id for state in self.states}
        severities = {severity.id for severity in self.record.severities}
        kinds = {kind.id for kind in self.record.kinds}
        yield from _unknown("initial_state", [self.initial_state], states)
        yield from _unknown("closed_states", self.closed_states, states)
        yield from _unknown("record.default_severity", [self.record.default_severity], severities)
        yield from _unknown("record.default_kind", [self.record.default_kind], kinds)
        if self.record.default_category is not None:
            yield from _unknown("record.default_category", [self.record.default_category], self.categories)
        for rule in self.severity_rule:
            yield from _unknown(f"severity_rule {rule.severity}", [rule.severity], severities)
        for group in (self.step, self.category, self.clock):
            yield from _twice(group)
        for step in self.step:
            where = f"step {step.command}"
            yield from _unknown(f"{where}: by", step.by, POSTS)
            targets = [*step.states, *step.decisions.values(), *([step.to] if step.to else [])]
            yield from _unknown(f"{where}: state", targets, states)
        for clock in self.clock:
            where = f"clock {clock.id}"
            yield from _unknown(f"{where}: liable", [holder.post for holder in clock.liable], POSTS)
            triggers = [*clock.start, *getattr(clock, "stop", ()), *getattr(clock, "cancel", ())]
            triggers += getattr(clock, "entries", ())
            names = [t.on for t in triggers] + [a.on for a in getattr(clock, "agreed", ())]
            names += [*getattr(clock, "pending", ()), *getattr(clock, "resumed", ()), *getattr(clock, "unstop", ())]
            names += [holder.until for holder in clock.liable if holder.until]
            yield from _unknown(f"{where}: fact", names, FACTS)
            if clock.liable[-1].until is not None:
                yield f"{where}: the last holder must not end"
        for penalty in self.penalty:
            where = f"penalty {penalty.rule}"
            if isinstance(penalty, FindingPenalty):
                continue
            yield from _unknown(f"{where}: clock", [penalty.clock], self.clocks)
            if isinstance(penalty, IntervalPenalty) and penalty.every.elapsed is None:
                yield f"{where}: an interval is minutes, hours or days"
            if isinstance(penalty, DailyBracketPenalty):
                yield from _unknown(f"{where}: post", [penalty.post], POSTS)
        for proposal in self.proposal:
            if isinstance(proposal, DelayProposal):
                yield from _unknown(f"proposal {proposal.rule}: clock", [proposal.clock], self.clocks)
                yield from _unknown(f"proposal {proposal.rule}: post", [r.post for r in proposal.for_], POSTS)
        for reminder in self.reminder:
            where = f"reminder {reminder.template}"
            yield from _unknown(f"{where}: to", reminder.to, POSTS)
            if reminder.type == "event":
                yield from _unknown(f"{where}: on", [reminder.on], FACTS)
            else:
                yield from _unknown(f"{where}: clock", [reminder.clock], self.clocks)
        for rules, name in ((self.liable, "liable"), (self.leader, "leader")):
            for liable in rules:
                yield from _unknown(f"{name}: post", [liable.post], POSTS | {"supervising_leader"})
        yield from _unknown("waive_by", self.waive_by, POSTS)
        yield from _unknown("claim_tier: post", [tier.post for tier in self.claim_tier], POSTS)


def _unknown(where: str, given: Iterable[str], known: Iterable[str]) -> Iterable[str]:
    allowed = set(known)
    for name in given:
        if name not in allowed:
            yield f"{where}: {name} is not one of {', '.join(sorted(allowed))}"


def _twice(items: Iterable[object]) -> Iterable[str]:
    seen: set[str] = set()
    for item in items:
        key = str(getattr(item, "command", None) or getattr(item, "id", ""))
        if key in seen:
            yield f"{key} is there twice"
        seen.add(key)
