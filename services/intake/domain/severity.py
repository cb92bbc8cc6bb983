"""C5: how severe a complaint is, from its facts, with the reason."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from shared.policy.model import Policy, SeverityRule


def computed(policy: Policy, facts: Mapping[str, Any]) -> tuple[str, str]:
    """003§33, 000§3.2.6: the severity of the first rule that holds, and why."""
    for rule in policy.severity_rule:
        if _holds(rule, facts):
            return rule.severity, f"{name_of(policy, rule.severity)}：{rule.reason}（{rule.clause}）"
    severity = policy.record.default_severity
    name = name_of(policy, severity)
    return severity, f"{name}：未达到升级标准" if policy.severity_rule else name


def name_of(policy: Policy, severity: str) -> str:
    return next((named.name for named in policy.record.severities if named.id == severity), severity)


def _holds(rule: SeverityRule, facts: Mapping[str, Any]) -> bool:
    if not all(_reached(facts.get(field), least) for field, least in rule.and_at_least.items()):
        return False
    return any(facts.get(flag) is True for flag in rule.flags) or any(
        _reached(facts.get(field), least) for field, least in rule.at_least.items()
    )


def _reached(value: Any, least: int) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= least
