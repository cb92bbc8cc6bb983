"""Every (state, command) pair of the group's policy, and what a step asks of a case."""

from itertools import product
from typing import Any

import pytest

from services.dispatch.app import COMMANDS
from services.dispatch.domain.steps import (
    CASE_WORK,
    Situation,
    decided_state,
    fits,
    next_state,
    require_field,
    require_state,
    step_of,
)
from shared.kernel.errors import Code, Refused
from shared.policy.base import CaseCondition
from shared.policy.library import built_in
from tests.dispatch.handling import GROUP, OTHER_POLICY

POLICY = built_in().get(*GROUP)
STATES = [
    "registered", "order_submitted", "order_reviewed", "handling", "closure_applied", "closure_verified",
    "closure_reviewed", "closed",
]  # fmt: skip
OPEN = STATES[:-1]
ALLOWED: dict[str, list[str]] = {
    "order.submit": ["registered"],
    "order.review": ["order_submitted"],
    "order.issue": ["order_reviewed"],
    "visit.record": ["handling"],
    "visit.material": ["handling"],
    "customer.call": STATES,
    "plan.enter": ["handling"],
    "progress.enter": ["handling"],
    "closure.apply": ["handling"],
    "closure.verify": ["closure_applied"],
    "closure.review": ["closure_verified"],
    "closure.approve": ["closure_reviewed"],
    "claim.raise": OPEN,
    "claim.report": STATES,
    "claim.decide": STATES,
    "claim.file": STATES,
    "meeting.hold": ["handling", "closure_applied", "closure_verified", "closure_reviewed"],
    "meeting.minutes": STATES,
    "cooperation.ask": STATES[3:7],
    "cooperation.done": STATES[3:7],
    "cooperation.refuse": STATES[3:7],
    "cooperation.report": STATES[3:],
}
LEADS_TO = {
    ("order.submit", None): "order_submitted",
    ("order.review", "approve"): "order_reviewed",
    ("order.review", "return"): "registered",
    ("order.issue", "approve"): "handling",
    ("order.issue", "return"): "registered",
    ("closure.apply", None): "closure_applied",
    ("closure.verify", "approve"): "closure_verified",
    ("closure.verify", "return"): "handling",
    ("closure.review", "approve"): "closure_reviewed",
    ("closure.review", "return"): "handling",
    ("closure.approve", "approve"): "closed",
    ("closure.approve", "return"): "handling",
}
DECIDING = {command for command, decision in LEADS_TO if decision}


def situation(state: str = "registered", **changed: Any) -> Situation:
    return Situation(**{
        "state": state, "kind": "complaint", "validity": None, "category": "property_service",
        "severity": "general", "channel": "phone", **changed,
    })  # fmt: skip


def test_the_room_carries_out_exactly_the_commands_it_says() -> None:
    assert set(COMMANDS) == CASE_WORK


@pytest.mark.parametrize(("state", "command"), list(product(STATES, sorted(CASE_WORK))))
def test_every_command_in_every_state(state: str, command: str) -> None:
    if command not in ALLOWED:
        with pytest.raises(Refused) as caught:
            step_of(POLICY, command, situation(state))
        assert caught.value.code is Code.policy_not_allowed
        return
    step = step_of(POLICY, command, situation(state))
    if state not in ALLOWED[command]:
        with pytest.raises(Refused) as caught:
            require_state(step, POLICY, state)
        assert caught.value.code is Code.state_not_allowed
        return
    require_state(step, POLICY, state)
    if command in DECIDING:
        for decision in ("approve", "return"):
            assert decided_state(step, state, decision) == LEADS_TO[command, decision]
        with pytest.raises(Refused) as caught:
            decided_state(step, state, "postpone")
        assert (caught.value.code, caught.value.field) == (Code.field_invalid, "decision")
    else:
        assert next_state(step, state) == LEADS_TO.get((command, None), state)


def test_a_step_of_another_policy_may_lead_by_what_was_chosen() -> None:
    step = POLICY.steps["visit.record"].model_copy(update={"decisions": {"agreed": "closed"}})
    assert next_state(step, "handling", "agreed") == "closed"
    assert next_state(step, "handling", "refused") == "handling"


def test_a_step_without_decisions_can_only_be_approved() -> None:
    step = POLICY.steps["closure.verify"].model_copy(update={"decisions": {}, "to": "closed"})
    assert decided_state(step, "closure_applied", "approve") == "closed"
    with pytest.raises(Refused) as caught:
        decided_state(step, "closure_applied", "return")
    assert caught.value.code is Code.field_invalid


@pytest.mark.parametrize(
    ("condition", "case", "holds"),
    [
        ({}, {}, True),
        ({"kind": ["complaint", "request"]}, {}, True),
        ({"kind": ["request"]}, {}, False),
        ({"validity": ["invalid"]}, {}, False),
        ({"validity": ["invalid"]}, {"validity": "invalid"}, True),
        ({"severity": ["major"], "kind": ["complaint"]}, {"severity": "major"}, True),
        ({"severity": ["major"], "kind": ["request"]}, {"severity": "major"}, False),
        ({"channel": ["letter"]}, {}, False),
        ({"category": ["leasing"]}, {"category": None}, False),
        ({"fields": {"other_unit": True}}, {}, False),
        ({"fields": {"other_unit": False}}, {}, True),
        ({"fields": {"other_unit": True}}, {"fields": {"other_unit": True}}, True),
        ({"without_fields": {"other_unit": True}}, {}, True),
        ({"without_fields": {"other_unit": True}}, {"fields": {"other_unit": True}}, False),
    ],
)
def test_a_condition_holds_when_every_key_does(condition: dict[str, Any], case: dict[str, Any], holds: bool) -> None:
    assert fits(CaseCondition(**condition), situation(**case)) is holds


def test_a_step_that_does_not_fit_the_case_is_refused_by_the_policy() -> None:
    with pytest.raises(Refused) as caught:
        step_of(OTHER_POLICY, "complaint.reply", situation(validity="valid"))
    assert caught.value.code is Code.policy_not_allowed
    assert step_of(OTHER_POLICY, "complaint.reply", situation(validity="invalid")).to == "replied"


@pytest.mark.parametrize("data", [{}, {"a": None}, {"a": []}, {"a": {}}, {"a": {"b": None}}, {"a": "text"}])
def test_a_required_field_is_missing_by_name(data: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        require_field("a.b", data)
    assert (caught.value.code, caught.value.field) == (Code.field_missing, "a.b")


def test_a_required_field_that_is_there_is_fine() -> None:
    require_field("a.b", {"a": {"b": False}})
