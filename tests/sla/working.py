"""A policy with money on a clock in working time, which none of the built-in documents has."""

from typing import Any

from shared.policy.base import Cash, Length, Share
from shared.policy.clocks import Bracket, BreachPenalty, DailyBracketPenalty, IntervalPenalty
from shared.policy.library import PolicyLibrary, built_in
from shared.policy.model import Policy

CLOCK = "dispatch"
COMMON: dict[str, Any] = {"name": "派工", "clause": "000§3.3.1(2)", "clock": CLOCK}
HOURLY = IntervalPenalty(type="per_interval", rule="hourly", every=Length(hours=1), amount=Cash(yuan=100), **COMMON)
STARTED = HOURLY.model_copy(update={"rule": "started", "count": "started"})
MISSED = BreachPenalty(type="per_breach", rule="missed", amount=Share(percent=20), **COMMON)
DAILY = DailyBracketPenalty(
    type="per_day",
    rule="daily",
    post="officer",
    brackets=[Bracket(first=1, last=2, yuan=100), Bracket(first=3, last=5, yuan=200)],
    **COMMON,
)


def charging(*penalties: Any) -> Policy:
    """developer-complaints (dispatched half a working day after it was found valid) with these penalties."""
    return built_in().versions("developer-complaints")[-1].model_copy(update={"penalty": list(penalties)})


def library(policy: Policy) -> PolicyLibrary:
    return PolicyLibrary([*(p for p in built_in().all() if p.id != policy.id), policy])
