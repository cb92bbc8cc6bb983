from datetime import UTC, datetime, timedelta

import pytest

from services.dispatch.domain.due import Due, Moments, due_of
from services.dispatch.domain.purposes import purposes_of
from shared.policy.library import PolicyLibrary, built_in
from shared.policy.model import Policy

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOON + 5 * HOUR
MOMENTS = Moments(
    contact_ended_at=NOON, submitted_at=NOON + HOUR, handed_over_at=NOON + 2 * HOUR, state_since=NOON + 3 * HOUR,
    required_by=NOON + 90 * HOUR, agreed_at=NOON + 80 * HOUR,
)  # fmt: skip


@pytest.fixture(scope="module")
def policies() -> PolicyLibrary:
    return built_in()


@pytest.fixture(scope="module")
def policy(policies: PolicyLibrary) -> Policy:
    return next(one for one in policies.all() if one.id == "group-after-sales")


@pytest.mark.parametrize(
    ("command", "clock", "at", "rule"),
    [
        ("order.submit", "order.submit", NOON + timedelta(minutes=30), "之后每 5 分钟扣 100 元"),
        ("order.review", "order.issue", NOON + 2 * HOUR, "之后每 5 分钟扣 100 元"),
        ("order.issue", "order.issue", NOON + 2 * HOUR, "之后每 5 分钟扣 100 元"),
        ("visit.record", "visit", NOON + 3 * HOUR, "逾期扣当月综合奖金的 20%"),
        ("visit.material", "visit.material", LATER + HOUR, ""),
        ("customer.call", "visit.callback", LATER + timedelta(minutes=30), ""),
        ("plan.enter", "plan", LATER + 24 * HOUR, "逾期扣 300 元"),
        ("closure.apply", "completion", NOON + 80 * HOUR, "超期每天扣 100 元，第 8 天起加重"),
        ("closure.verify", "closure.verify", NOON + 3 * HOUR + timedelta(minutes=30), ""),
        ("claim.report", "claim.report", LATER + 72 * HOUR, ""),
        ("meeting.minutes", "meeting.minutes", LATER + 24 * HOUR, ""),
    ],
)
def test_each_step_is_due_when_its_clock_runs_out(
    policy: Policy, command: str, clock: str, at: datetime, rule: str
) -> None:
    due = due_of(policy, command, MOMENTS, LATER)
    assert due is not None
    assert (due.clock, due.at, due.rule) == (clock, at, rule)


def test_a_returned_draft_is_due_from_its_return(policy: Policy) -> None:
    moments = Moments(contact_ended_at=NOON, returned_at=LATER)
    due = due_of(policy, "order.submit", moments, None)
    assert due is not None
    assert due.at == LATER + timedelta(minutes=30)


def test_a_daily_duty_names_its_clock_and_leaves_the_time_to_the_ledger(policy: Policy) -> None:
    assert due_of(policy, "progress.enter", MOMENTS, None) == Due(
        "progress.daily", "每日处理进展", None, "逾期扣 200 元"
    )


@pytest.mark.parametrize("command", ["closure.review", "closure.approve", "claim.decide", "meeting.hold", "no.such"])
def test_what_no_clock_waits_for_is_never_due(policy: Policy, command: str) -> None:
    assert due_of(policy, command, MOMENTS, LATER) is None


def test_a_deadline_that_nobody_set_is_not_guessed(policy: Policy) -> None:
    due = due_of(policy, "closure.apply", Moments(contact_ended_at=NOON), None)
    assert due is not None
    assert due.at is None


def test_a_clock_on_the_working_calendar_is_left_to_the_ledger(policies: PolicyLibrary) -> None:
    policy = next(one for one in policies.all() if one.id == "developer-complaints")
    due = due_of(policy, "order.dispatch", MOMENTS, LATER)
    assert due is not None
    assert (due.clock, due.at) == ("dispatch", None)


def test_a_customer_is_called_for_what_the_policy_names_and_otherwise_just_contacted(policies: PolicyLibrary) -> None:
    named = {policy.id: purposes_of(policy) for policy in policies.all()}
    assert named["group-after-sales"] == ["callback", "followup", "contact"]
    assert {"receipt", "plan", "completion", "contact"} <= set(named["project-office"])
