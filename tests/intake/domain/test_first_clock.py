from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.domain.first_clock import first_clock
from shared.policy.library import built_in
from shared.policy.model import Policy

REGISTERED = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)


def policy(name: str) -> Policy:
    return built_in().versions(name)[-1]


def fresh(of: Policy, **said: Any) -> dict[str, Any]:
    record = of.record
    return {"kind": record.default_kind, "severity": record.default_severity, "validity": None, "category": None} | said


def test_the_order_of_003_is_due_thirty_minutes_after_the_contact_and_says_what_it_costs() -> None:
    found = first_clock(policy("group-after-sales"), fresh(policy("group-after-sales")), {})

    assert found is not None
    assert (found.id, found.seconds, found.from_contact) == ("order.submit", 1800, True)
    assert found.cost == "之后每 5 分钟扣 100 元"
    assert found.due(REGISTERED - timedelta(minutes=8), REGISTERED) == REGISTERED + timedelta(minutes=22)


@pytest.mark.parametrize(
    ("name", "clock", "length"),
    [
        ("finance", "forward", "1 小时"),
        ("commercial-centre", "contact", "2 天"),
        ("project-office", "call.receipt", "1 个工作日"),
    ],
)
def test_every_policy_has_its_own_first_clock(name: str, clock: str, length: str) -> None:
    found = first_clock(policy(name), fresh(policy(name)), {})

    assert found is not None
    assert (found.id, found.length) == (clock, length)


def test_a_clock_in_working_time_tells_no_instant() -> None:
    found = first_clock(policy("project-office"), fresh(policy("project-office")), {})

    assert found is not None
    assert found.seconds is None
    assert found.due(REGISTERED, REGISTERED) is None


def test_what_was_judged_at_registration_decides_which_clock_begins() -> None:
    of = policy("developer-complaints")

    assert first_clock(of, fresh(of), {}) is None or first_clock(of, fresh(of), {}).id != "dispatch"  # type: ignore[union-attr]
    valid = first_clock(of, fresh(of, validity="valid"), {})
    assert valid is not None
    assert valid.id == "dispatch"


def test_an_own_field_of_the_policy_chooses_the_clock() -> None:
    of = policy("commercial-centre")

    found = first_clock(of, fresh(of), {"other_unit": True})

    assert found is not None
    assert found.id == "contact.other_unit"


def test_an_urgent_matter_of_001a_is_to_be_reported_at_once() -> None:
    of = policy("estate-office")

    found = first_clock(of, fresh(of, severity="urgent"), {})

    assert found is not None
    assert found.id == "escalate.urgent"
