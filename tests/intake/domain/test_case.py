from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.domain.case import (
    Whereabouts,
    cooperating_of,
    fits,
    handles,
    require_state,
    require_step,
    state_of,
)
from shared.kernel.errors import Code, Refused
from shared.org.liability import CaseStanding
from shared.policy.base import CaseCondition
from shared.policy.library import built_in
from tests.kit.desk import demo

POLICY = next(policy for policy in built_in().all() if policy.id == "group-after-sales")
NOW = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)
PIPES = CaseStanding("jinbi-bay", "property_service", "general", "wang.min")


def test_the_state_is_what_intake_closed_or_dispatch_said_or_the_first() -> None:
    assert state_of(POLICY, False, Whereabouts()) == "registered"
    assert state_of(POLICY, False, Whereabouts("handling")) == "handling"
    assert state_of(POLICY, True, Whereabouts("registered")) == "closed"
    assert state_of(POLICY, True, Whereabouts()) == "closed"
    assert state_of(POLICY, True, Whereabouts("order_submitted")) == "order_submitted"


@pytest.mark.parametrize("command", ["complaint.sign", "complaint.classify"])
@pytest.mark.parametrize("state", [state.id for state in POLICY.states])
def test_every_state_allows_a_command_or_refuses_it_by_name(command: str, state: str) -> None:
    step = require_step(POLICY, command, {})
    if state == "closed":
        with pytest.raises(Refused) as caught:
            require_state(step, POLICY, state)
        assert caught.value.code is Code.state_not_allowed
        assert "已结案" in caught.value.detail
    else:
        require_state(step, POLICY, state)


def test_a_step_the_policy_lacks_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        require_step(POLICY, "order.dispatch", {})
    assert caught.value.code is Code.policy_not_allowed


@pytest.mark.parametrize(
    ("condition", "case", "fit"),
    [
        ({}, {}, True),
        ({"kind": ["inquiry"]}, {"kind": "inquiry"}, True),
        ({"kind": ["inquiry"]}, {"kind": "complaint"}, False),
        ({"validity": ["valid"]}, {"validity": None}, False),
        ({"fields": {"other_unit": True}}, {"fields": {"other_unit": True}}, True),
        ({"fields": {"other_unit": True}}, {"fields": {}}, False),
        ({"without_fields": {"other_unit": True}}, {"fields": {}}, True),
        ({"without_fields": {"other_unit": True, "x": 1}}, {"fields": {"x": 1}}, False),
    ],
)
def test_every_condition_given_must_hold(condition: dict[str, Any], case: dict[str, Any], fit: bool) -> None:
    assert fits(CaseCondition(**condition), case) is fit


def test_cooperating_departments_are_those_of_the_order_else_of_the_category() -> None:
    assert cooperating_of(POLICY, "property_service", Whereabouts()) == ["engineering"]
    assert cooperating_of(POLICY, "property_service", Whereabouts("handling", "property", [])) == []
    assert cooperating_of(POLICY, None, Whereabouts()) == []


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("wang.min", True),
        ("liu.yan", True),
        ("wu.gang", True),
        ("yuan.bin", True),
        ("sun.li", True),
        ("gao.feng", True),
        ("ma.chao", True),
        ("lin.fang", True),
        ("tang.bo", False),
        ("qian.hui", False),
        ("hr.centre", False),
        ("li.qiang", False),
        ("sun.yue", False),
        ("nobody", False),
    ],
)
def test_those_who_act_on_a_case_handle_it(person: str, expected: bool) -> None:
    assert handles(POLICY, demo(), PIPES, ["engineering"], person, NOW) is expected
