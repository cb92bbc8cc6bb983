from decimal import Decimal
from typing import Any

import pytest

from services.intake.domain.severity import computed
from shared.policy.library import built_in

POLICY = next(policy for policy in built_in().all() if policy.id == "group-after-sales")


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({}, "general"),
        ({"lawsuit": True}, "major"),
        ({"media": True}, "major"),
        ({"loss_amount": Decimal("19999.99")}, "general"),
        ({"loss_amount": Decimal("20000")}, "major"),
        ({"people_count": 2}, "general"),
        ({"people_count": 3}, "group"),
        ({"people_count": 3, "lawsuit": True}, "major"),
        ({"lawsuit": "true", "people_count": True, "loss_amount": "99999"}, "general"),
        ({"people_count": None, "loss_amount": None, "lawsuit": False}, "general"),
    ],
)
def test_facts_decide_the_severity(facts: dict[str, Any], severity: str) -> None:
    assert computed(POLICY, facts)[0] == severity


def test_the_reason_names_the_clause() -> None:
    assert computed(POLICY, {"people_count": 3})[1] == "群体性投诉：3 人以上共同投诉（003§33）"
    assert computed(POLICY, {})[1] == "一般投诉：未达到升级标准"
