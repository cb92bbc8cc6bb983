"""What being late costs, in the words of a screen, from a policy's own numbers. Pure."""

from shared.policy.base import Share
from shared.policy.clocks import BreachPenalty, DailyBracketPenalty, DelayProposal, IntervalPenalty
from shared.policy.model import Policy

BONUSES = {"monthly_bonus": "当月综合奖金"}


def cost_of_delay(policy: Policy, clock: str) -> str:
    """What follows when the clock runs out, as 之后每 5 分钟扣 100 元; empty where the policy names no consequence.

    Of the rules for several posts the first one speaks: they name the person liable first.
    """
    for rule in policy.penalty:
        if getattr(rule, "clock", None) != clock:
            continue
        match rule:
            case IntervalPenalty():
                return f"之后每 {rule.every.label}扣 {rule.amount.yuan} 元"
            case BreachPenalty(amount=Share() as share):
                return f"逾期扣{BONUSES.get(share.of, share.of)}的 {share.percent}%"
            case BreachPenalty():
                return f"逾期扣 {rule.amount.yuan} 元"  # type: ignore[union-attr]
            case DailyBracketPenalty():
                first = rule.brackets[0]
                return f"超期每天扣 {first.yuan} 元，第 {first.last + 1} 天起加重"
    if any(isinstance(one, DelayProposal) and one.clock == clock for one in policy.proposal):
        return "逾期将提出处分建议"
    return ""
