"""Until when what waits should be done, as far as this room's own facts tell it. The ledger has the last word. Pure.

Only clocks of a fixed span are told: what runs on a working calendar, or on a day's entries, the ledger tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.domain.deadlines import earlier
from shared.policy.clocks import DeadlineClock, SpanClock
from shared.policy.model import Policy
from shared.policy.sentences import cost_of_delay

FACTS: Mapping[str, str] = {
    "complaint.reply": "complaint_replied",
    "complaint.transfer": "complaint_transferred",
    "order.submit": "order_submitted",
    "order.review": "order_reviewed",
    "order.issue": "order_issued",
    "order.dispatch": "order_dispatched",
    "visit.record": "visit_recorded",
    "visit.material": "visit_material_entered",
    "customer.call": "customer_called",
    "plan.enter": "plan_entered",
    "progress.enter": "progress_entered",
    "closure.apply": "closure_applied",
    "closure.verify": "closure_verified",
    "closure.close": "case_closed",
    "claim.report": "claim_reported",
    "claim.decide": "claim_decided",
    "claim.file": "claim_filed",
    "meeting.minutes": "meeting_minuted",
}
"""The fact a command brings forth: it is what a clock waits for."""

SINCE = frozenset({"visit.material", "customer.call", "plan.enter", "claim.report", "claim.file", "meeting.minutes"})
"""Duties that an act left open: they wait since just the instant at which their clock starts."""


@dataclass(frozen=True, slots=True)
class Moments:
    """The instants of a case from which clocks run; null for what has not happened."""

    contact_ended_at: datetime
    returned_at: datetime | None = None
    submitted_at: datetime | None = None
    handed_over_at: datetime | None = None
    state_since: datetime | None = None
    required_by: datetime | None = None
    agreed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """`clock` is its id in the policy; `at` is null where only the ledger knows; `rule` says what being late costs."""

    clock: str
    name: str
    at: datetime | None
    rule: str


def due_of(policy: Policy, command: str, moments: Moments, since: datetime | None) -> Due | None:
    """The clock that the command ends, or passes on to the next person; None where none runs for it."""
    fact = FACTS.get(command)
    for clock in policy.clock:
        passes_on = any(holder.until == fact for holder in clock.liable)
        stops = isinstance(clock, SpanClock | DeadlineClock) and any(trigger.on == fact for trigger in clock.stop)
        enters = clock.type == "daily" and any(trigger.on == fact for trigger in clock.entries)
        if fact is None or not (passes_on or stops or (enters and command == "progress.enter")):
            continue
        return Due(clock.id, clock.name, _at(clock, command, moments, since), cost_of_delay(policy, clock.id))
    return None


def _at(clock: object, command: str, moments: Moments, since: datetime | None) -> datetime | None:
    if isinstance(clock, DeadlineClock):
        return earlier(moments.required_by, moments.agreed_at)
    if not isinstance(clock, SpanClock) or clock.length.elapsed is None:
        return None
    match command:
        case "order.submit":
            start: datetime | None = moments.returned_at or moments.contact_ended_at
        case "order.review" | "order.issue":
            start = moments.submitted_at
        case "visit.record":
            start = moments.handed_over_at
        case "closure.verify":
            start = moments.state_since
        case _:
            start = since if command in SINCE else None
    return start + clock.length.elapsed if start else None
