"""For what a customer may be called, as a policy's rules tell it. Pure."""

from collections.abc import Iterator

from shared.policy.clocks import SpanClock
from shared.policy.model import Policy

CALL, CONTACT = "customer.call", "contact"
PURPOSES = ("callback", "receipt", "plan", "completion", "followup", CONTACT)


def purposes_of(policy: Policy) -> list[str]:
    """Those that a clock, a step or a closing ground of the policy names, and a call for any other reason."""
    named = set(_named(policy)) | {CONTACT}
    return [purpose for purpose in PURPOSES if purpose in named]


def _named(policy: Policy) -> Iterator[str]:
    if step := policy.steps.get(CALL):
        yield from step.by_purpose
        yield from step.decisions
    for ground in policy.ground:
        if ground.needs_call:
            yield ground.needs_call
    for clock in policy.clock:
        if isinstance(clock, SpanClock):
            for trigger in (*clock.start, *clock.stop):
                given = trigger.when.get("purpose") if trigger.on == "customer_called" else None
                yield from (str(one) for one in (given if isinstance(given, list) else [given]) if one)
