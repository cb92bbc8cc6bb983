"""B11, C6: what follows from cases being linked. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.intake.domain.severity import computed
from shared.policy.model import Policy


def group_severity(policy: Policy, facts: Mapping[str, Any], complainants: int) -> tuple[str, str]:
    """003§33: the severity of a case whose group has so many distinct complainants, and why."""
    counted = max(complainants, facts.get("people_count") or 0)
    return computed(policy, {**facts, "people_count": counted})


def rises(policy: Policy, current: str, judged: str) -> bool:
    """Whether the judged severity is above the current one: the first rules are the gravest, the default the least.

    A severity that no rule gives, as one a person has set, is never replaced.
    """
    graded = [rule.severity for rule in policy.severity_rule]
    if judged not in graded or judged == current:
        return False
    if current in graded:
        return graded.index(judged) < graded.index(current)
    return current == policy.record.default_severity


def with_the_group(reason: str, numbers: Iterable[str], complainants: int) -> str:
    """The reason of an upgrade, naming the other cases of the group."""
    return f"{reason}；与 {'、'.join(numbers)} 为同一群体，共 {complainants} 位投诉人"
