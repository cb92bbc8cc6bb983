"""What waits on a case, by its state and by what an act has left open."""

import pytest

from services.dispatch.domain.duties import duties
from shared.policy.library import built_in
from tests.dispatch.domain.test_steps import situation
from tests.dispatch.handling import GROUP, OTHER_POLICY

POLICY = built_in().get(*GROUP)


def commands(state: str, *, visited: bool = False, planned: bool = False, **pending: str) -> list[str]:
    waiting = {name.replace("_", "."): since for name, since in pending.items()}
    return [d.command for d in duties(POLICY, situation(state), visited=visited, planned=planned, pending=waiting)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("registered", ["order.submit"]),
        ("order_submitted", ["order.review"]),
        ("order_reviewed", ["order.issue"]),
        ("handling", ["visit.record"]),
        ("closure_applied", ["closure.verify"]),
        ("closure_verified", ["closure.review"]),
        ("closure_reviewed", ["closure.approve"]),
        ("closed", []),
    ],
)
def test_each_state_waits_for_its_step(state: str, expected: list[str]) -> None:
    assert commands(state) == expected


def test_after_the_visit_the_plan_and_after_the_plan_progress_and_closure() -> None:
    assert commands("handling", visited=True) == ["plan.enter"]
    assert commands("handling", visited=True, planned=True) == ["progress.enter", "closure.apply"]
    assert commands("handling", planned=True) == ["visit.record"]


def test_what_an_act_left_open_waits_too() -> None:
    assert commands("handling", visited=True, planned=True, visit_material="t") == [
        "visit.material", "progress.enter", "closure.apply",
    ]  # fmt: skip
    assert commands("closed", claim_file="t", meeting_minutes="t") == ["claim.file", "meeting.minutes"]
    assert commands("closed", visit_material="t") == []


def test_a_callback_waits_for_the_officer_only() -> None:
    (duty,) = [
        d
        for d in duties(POLICY, situation("handling"), visited=True, planned=True, pending={"customer.call": "t"})
        if d.command == "customer.call"
    ]
    assert (duty.by, duty.since) == (["officer"], "t")


def test_a_policy_without_visits_waits_for_progress_at_once() -> None:
    found = duties(OTHER_POLICY, situation("dispatched"), visited=False, planned=False, pending={})
    assert [d.command for d in found] == ["progress.enter", "closure.close"]
    found = duties(OTHER_POLICY, situation("registered", kind="request"), visited=False, planned=False, pending={})
    assert [d.command for d in found] == ["complaint.transfer"]
