"""The flat row of a case: when it is overdue, slow, done, and how it counts."""

import time
from datetime import timedelta
from typing import Any

from services.sla.domain.facts import in_order
from services.sla.domain.ledger import compute
from services.sla.domain.standing import runs_counts, standing_of
from services.sla.domain.working import statutory_calendar
from tests.kit.story import DEMO, POLICY, ZONE, Story, at


def row(story: Story, now: str) -> dict[str, Any]:
    facts = in_order(story.facts)
    ledger = compute(POLICY, DEMO, facts, at(now), statutory_calendar(ZONE))
    return standing_of(ledger, facts, at(now))


def issued() -> Story:
    return (
        Story()
        .registered("03-02 09:40")
        .fact("order_submitted", "03-02 09:50", first_department="property", state="order_submitted")
        .fact("order_issued", "03-02 10:00", state="handling")
    )


def test_before_the_order_is_issued_nothing_is_due() -> None:
    found = row(Story().registered("03-02 09:40"), "03-02 12:00")
    assert (found["due_at"], found["done_at"], found["slow_due_at"], found["state"]) == (None, None, None, "registered")
    assert (found["company"], found["department"], found["liable"]) == ("property-south", "property", "wu.gang")


def test_due_at_the_required_time_and_slow_from_the_first_missing_visit() -> None:
    found = row(issued(), "03-04 09:00")
    assert (found["due_at"], found["done_at"]) == (at("03-06 18:00"), None)
    assert found["slow_due_at"] == at("03-02 11:00")
    assert str(found["due_on"]) == "2026-03-06"


def test_an_entry_in_time_makes_good_for_a_missed_day_before() -> None:
    story = issued().fact("visit_recorded", "03-02 10:30", outcome="agreed", has_plan=True, state="handling")
    assert row(story, "03-04 09:00")["slow_due_at"] == at("03-03 18:00")
    entered = story.fact("progress_entered", "03-04 17:00", state="handling")
    assert row(entered, "03-04 19:00")["slow_due_at"] is None


def test_an_application_is_the_end_of_the_handling_until_it_is_returned() -> None:
    applied = issued().fact("closure_applied", "03-05 10:00", state="closure_applied")
    found = row(applied, "03-05 11:00")
    assert (found["done_at"], found["slow_due_at"], found["closed_at"]) == (at("03-05 10:00"), None, None)
    returned = applied.fact("closure_returned", "03-05 12:00", stage="verify", state="handling")
    assert row(returned, "03-05 13:00")["done_at"] is None


def test_closed_it_counts_its_hours_from_the_issue_and_its_satisfaction() -> None:
    closed = (
        issued()
        .fact("closure_applied", "03-05 10:00", state="closure_applied")
        .fact("closure_verified", "03-05 10:10", satisfaction=4, state="closure_verified")
        .fact("case_closed", "03-05 12:00", ground="approved", state="closed")
        .fact("window_rated", "03-06 09:00", stars=5, officer="wang.min")
    )
    found = row(closed, "03-07 09:00")
    assert (found["handling_minutes"], found["satisfaction"]) == (3 * 24 * 60 + 120, 4)
    assert (str(found["closed_on"]), str(found["rated_on"]), found["state"]) == ("2026-03-05", "2026-03-06", "closed")
    assert runs_counts(found["runs"])["completion"] == (1, 0)
    assert runs_counts(found["runs"])["visit"] == (0, 1)


def test_a_duplicate_is_judged_in_the_case_that_took_it_over() -> None:
    merged = issued().fact("complaint_linked", "03-03 10:00", role="merged", to="x", relation="duplicate")
    found = row(merged, "03-09 09:00")
    assert (found["merged"], found["due_at"], found["state"]) == (True, None, "closed")
    assert found["closed_at"] == at("03-03 10:00")


def test_sixty_facts_cost_less_than_two_milliseconds() -> None:
    story = issued()
    for day in range(28):
        for hour in ("10:00", "17:00"):
            story.fact("progress_entered", f"03-{day + 3:02d} {hour}", state="handling")
    facts = in_order(story.facts)
    now = at("03-02 10:00") + timedelta(days=29)
    ledger = compute(POLICY, DEMO, facts, now, statutory_calendar(ZONE))
    spent = []
    for _ in range(50):
        begun = time.perf_counter()
        standing_of(ledger, facts, now)
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.002
