"""The clock that begins when a complaint comes in, as the screen shows it to who has to act. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.policy.base import CaseCondition, Trigger, values
from shared.policy.clocks import SpanClock
from shared.policy.model import Policy
from shared.policy.sentences import cost_of_delay

REGISTERED = "complaint_registered"
CONTACT_END = "contact_ended_at"


@dataclass(frozen=True, slots=True)
class FirstClock:
    """`seconds` is None where the length runs on a working calendar. `from_contact`: it runs from the contact's end,
    else from the registration. `cost` is what follows when it runs out, in words.
    """

    id: str
    name: str
    clause: str
    length: str
    seconds: int | None
    from_contact: bool
    cost: str

    def due(self, contact_ended_at: datetime, registered_at: datetime) -> datetime | None:
        if self.seconds is None:
            return None
        start = contact_ended_at if self.from_contact else registered_at
        return datetime.fromtimestamp(start.timestamp() + self.seconds, start.tzinfo)


def first_clock(policy: Policy, case: Mapping[str, Any], fields: Mapping[str, Any]) -> FirstClock | None:
    """The first of the policy's clocks that the registration of such a case starts; None where it starts none."""
    for clock in policy.clock:
        if not isinstance(clock, SpanClock) or not _is_of(clock.case, case, fields):
            continue
        trigger = next((one for one in clock.start if one.on == REGISTERED and _told_by(one, case)), None)
        if trigger is None:
            continue
        elapsed = clock.length.elapsed
        return FirstClock(
            clock.id,
            clock.name,
            clock.clause,
            clock.length.label,
            None if elapsed is None else int(elapsed.total_seconds()),
            trigger.at == CONTACT_END,
            cost_of_delay(policy, clock.id),
        )
    return None


def _is_of(condition: CaseCondition, case: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    return condition.holds(case, fields)


def _told_by(trigger: Trigger, case: Mapping[str, Any]) -> bool:
    return all(case.get(name) in values(wanted) for name, wanted in trigger.when.items())
