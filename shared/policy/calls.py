"""Clocks that a call to the customer stops, of which no step of the case tells that it waits. Pure."""

from shared.policy.clocks import Clock, SpanClock
from shared.policy.model import Policy

CALLED = "customer_called"
A_TASK = frozenset({"callback"})
"""Purposes of which dispatch itself keeps the open end: their call is a task of the case."""


def by_call(clock: Clock) -> bool:
    """000§3.4.3, 001b§2(1)②⑤⑧, 001c§3.4, 004§6(三): the call is due, whatever the state of the case."""
    return isinstance(clock, SpanClock) and any(
        trigger.on == CALLED and not A_TASK & _purposes(trigger.when.get("purpose")) for trigger in clock.stop
    )


def owes_calls(policy: Policy) -> bool:
    return any(by_call(clock) for clock in policy.clock)


def _purposes(told: object) -> frozenset[str]:
    if told is None:
        return frozenset()
    return frozenset(map(str, told)) if isinstance(told, list) else frozenset({str(told)})
