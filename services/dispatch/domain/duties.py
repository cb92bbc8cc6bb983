"""What waits for somebody on a case: the steps its state calls for, and what an earlier act has left open."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.dispatch.domain.steps import CASE_WORK, Situation, fits
from shared.policy.clocks import SpanClock
from shared.policy.model import Policy, Step

VISIT, MATERIAL, CALL, PLAN = "visit.record", "visit.material", "customer.call", "plan.enter"
MINUTES, HELP = "meeting.minutes", "cooperation.done"
AFTER_THE_PLAN = frozenset({"progress.enter", "closure.apply"})
LEFT_OPEN = frozenset({MATERIAL, CALL, "claim.report", "claim.decide", "claim.file", MINUTES, HELP})
"""Duties that begin with an act and end with another, whatever the state: kept in the case's `pending`."""

ANSWERS = {"cooperation.refuse": HELP}
"""Acts that are open while another is owed, and are nobody's task."""

ENDS_WITH_CASE = frozenset({MATERIAL, CALL, PLAN, HELP})
"""Of what is pending: what a closed case does not ask for any more. Claims and minutes are still owed."""


@dataclass(frozen=True, slots=True)
class Duty:
    """`by` are the posts any of which may do it. `since` is null for: since the case is in its state."""

    command: str
    name: str
    by: list[str]
    since: str | None


def duties(policy: Policy, case: Situation, *, visited: bool, planned: bool, pending: Mapping[str, str]) -> list[Duty]:
    """In the policy's order. `pending` maps commands to the instant since when they wait."""
    found = []
    secret = _in_confidence(policy, case)
    for step in policy.step:
        if step.command not in CASE_WORK or not fits(step.case, case):
            continue
        if step.states and case.state not in step.states:
            continue
        if step.command in LEFT_OPEN:
            if step.command in pending:
                by = _callers(policy, step) if step.command == CALL else step.by
                found.append(Duty(step.command, step.name, by, pending[step.command]))
        elif step.command in secret or (step.waits_in(case.state) and _its_turn(policy, step, visited, planned)):
            found.append(Duty(step.command, step.name, step.by, pending.get(step.command)))
    return found


def _in_confidence(policy: Policy, case: Situation) -> list[str]:
    """004§7(二): what waits for those who alone see the case."""
    return next((rule.waits for rule in policy.confidential if fits(rule.case, case)), [])


def _its_turn(policy: Policy, step: Step, visited: bool, planned: bool) -> bool:
    """003§22-28: the customer is visited first, then the plan is entered, then progress until closure."""
    visit_done = visited or VISIT not in policy.steps
    if step.command == VISIT:
        return not visited
    if step.command == PLAN:
        return visit_done and not planned
    if step.command in AFTER_THE_PLAN:
        return visit_done and (planned or PLAN not in policy.steps)
    return True


def _callers(policy: Policy, step: Step) -> list[str]:
    """Of all who may call the customer, who the policy says calls back, else those whose clock the call stops."""
    if "callback" in step.by_purpose:
        return step.by_purpose["callback"]
    liable = {
        holder.post
        for clock in policy.clock
        if isinstance(clock, SpanClock)
        for trigger in clock.stop
        if trigger.on == "customer_called" and trigger.when.get("purpose") == "callback"
        for holder in clock.liable
    }
    return [post for post in step.by if post in liable] or step.by
