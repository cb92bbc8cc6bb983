"""When a report falls due, what it is about, and who is listed in it at the edges."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.sla.domain.reports import Slot, is_current, is_listed, latest_slot, next_slot, summary_of
from shared.policy.reports import Report
from tests.kit.story import POLICY, ZONE, at


def report(**changes: Any) -> Report:
    given = {"id": "x", "name": "x", "clause": "x", "every": "day", "at": "10:00", "of": "unfinished",
             "to": ["general_manager"]}  # fmt: skip
    return Report.model_validate(given | changes)


WEEKLY = report(every="week", weekday="friday")
MONTHLY = report(every="month")
QUARTERLY = report(every="quarter")


@pytest.mark.parametrize(
    ("rule", "now", "slot"),
    [
        (report(), "03-03 10:00", Slot(at("03-03 10:00"), "2026-03-03", date(2026, 3, 2), date(2026, 3, 3))),
        (report(), "03-03 09:59:59", Slot(at("03-02 10:00"), "2026-03-02", date(2026, 3, 1), date(2026, 3, 2))),
        (WEEKLY, "03-06 10:00", Slot(at("03-06 10:00"), "2026-W10", date(2026, 2, 27), date(2026, 3, 6))),
        (WEEKLY, "03-12 23:00", Slot(at("03-06 10:00"), "2026-W10", date(2026, 2, 27), date(2026, 3, 6))),
        (MONTHLY, "03-01 10:00", Slot(at("03-01 10:00"), "2026-02", date(2026, 2, 1), date(2026, 2, 28))),
        (MONTHLY, "03-31 23:00", Slot(at("03-01 10:00"), "2026-02", date(2026, 2, 1), date(2026, 2, 28))),
        (QUARTERLY, "05-20 00:00", Slot(at("04-01 10:00"), "2026-Q1", date(2026, 1, 1), date(2026, 3, 31))),
        (QUARTERLY, "01-01 10:00", Slot(at("01-01 10:00"), "2025-Q4", date(2025, 10, 1), date(2025, 12, 31))),
        (report(every="year"), "01-02 00:00",
         Slot(at("01-01 10:00"), "2025", date(2025, 1, 1), date(2025, 12, 31))),
    ],
)  # fmt: skip
def test_the_latest_slot_and_its_period(rule: Report, now: str, slot: Slot) -> None:
    assert latest_slot(rule, at(now), ZONE) == slot


@pytest.mark.parametrize("rule", [report(), WEEKLY, MONTHLY, QUARTERLY, report(every="month", day=28)])
def test_the_next_slot_is_the_first_after_now(rule: Report) -> None:
    now = at("01-01 00:00")
    for _ in range(40):
        following = next_slot(rule, now, ZONE)
        assert following > now
        assert latest_slot(rule, following, ZONE).at == following
        assert latest_slot(rule, following - timedelta(microseconds=1), ZONE).at <= now
        now = following


def test_a_days_report_is_made_that_day_only() -> None:
    slot = latest_slot(report(), at("03-03 10:00"), ZONE)
    assert is_current(report(), slot, at("03-03 23:59:59"), ZONE)
    assert not is_current(report(), slot, at("03-04 00:00"), ZONE)
    assert is_current(WEEKLY, latest_slot(WEEKLY, at("03-06 10:00"), ZONE), at("03-12 23:00"), ZONE)


def case(**changes: Any) -> dict[str, Any]:
    return {
        "complaint_id": UUID(int=1), "kind": "complaint", "category": None, "severity": "general", "merged": False,
        "registered_at": at("03-02 09:00"), "closed_at": None, "due_at": None, "done_at": None, "slow_due_at": None,
    } | changes  # fmt: skip


def listed(rule: Report, now: str, **changes: Any) -> bool:
    return is_listed(rule, POLICY, latest_slot(rule, at(now), ZONE), case(**changes), ZONE)


@pytest.mark.parametrize(
    ("due", "done", "expected"),
    [("03-03 09:59:59", None, True), ("03-03 10:00", None, False), ("03-03 09:00", "03-03 09:30", False)],
)
def test_overdue_is_past_its_due_time_and_not_done(due: str, done: str | None, expected: bool) -> None:
    rule = report(of="overdue")
    assert listed(rule, "03-03 10:00", due_at=at(due), done_at=at(done) if done else None) is expected


def test_a_severity_narrows_the_list() -> None:
    rule = report(case={"severity": ["major"]})
    assert not listed(rule, "03-03 10:00")
    assert listed(rule, "03-03 10:00", severity="major")


@pytest.mark.parametrize(
    ("registered", "expected"),
    [("02-27 10:00", False), ("02-27 10:00:01", True), ("03-06 10:00", True), ("03-06 10:00:01", False)],
)
def test_a_week_begins_after_the_list_before_it(registered: str, expected: bool) -> None:
    rule = report(every="week", weekday="friday", of="registered")
    assert listed(rule, "03-06 10:00", registered_at=at(registered)) is expected


@pytest.mark.parametrize(
    ("closed", "expected"),
    [("02-28 23:59:59", True), ("03-01 00:00", False), ("02-01 00:00", True), ("01-31 23:59:59", False)],
)
def test_a_month_is_the_calendars(closed: str, expected: bool) -> None:
    rule = report(every="month", of="closed")
    assert listed(rule, "03-01 10:00", closed_at=at(closed)) is expected
    assert not listed(rule, "03-01 10:00", closed_at=at(closed), merged=True)


@pytest.mark.parametrize(("registered", "expected"), [("03-08 23:59:59", True), ("03-09 00:00", False)])
def test_left_over_came_in_before_this_week(registered: str, expected: bool) -> None:
    rule = report(every="week", weekday="monday", of="leftover")
    assert listed(rule, "03-09 10:00", registered_at=at(registered)) is expected


def test_a_case_whose_registration_has_not_arrived_is_in_no_list() -> None:
    assert not listed(report(), "03-03 10:00", registered_at=None)


def test_the_summary_counts_by_category_severity_state_and_project() -> None:
    line = {"category": "", "severity": "一般投诉", "state": "处理中", "project": "金碧湾"}
    found = summary_of([line, line, line | {"category": "维修"}])
    assert found["category"] == {"未定": 2, "维修": 1}
    assert found["project"] == {"金碧湾": 3}


def test_a_weekly_report_needs_its_day_and_no_other_has_one() -> None:
    for changes in ({"every": "week"}, {"every": "month", "weekday": "monday"}):
        with pytest.raises(ValueError, match="weekday"):
            report(**changes)


def test_an_instant_in_another_zone_is_the_same_slot() -> None:
    now = datetime.fromisoformat("2026-03-03T02:00:00+00:00")
    assert latest_slot(report(), now, ZONE).at == at("03-03 10:00")
