"""Working time on Chinese working days, 08:30-12:00 and 14:00-17:30, with the make-up days of 2026."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.sla.domain.calendar import due_after, is_provisional
from services.sla.domain.working import statutory_calendar
from shared.kernel.months import months_after
from shared.policy.base import Length

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = statutory_calendar(ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-02 08:30", "2026-03-02 12:00"),
        ("2026-03-02 09:00", "2026-03-02 14:30"),
        ("2026-03-02 12:00", "2026-03-02 17:30"),
        ("2026-03-02 13:00", "2026-03-02 17:30"),
        ("2026-03-02 16:00", "2026-03-03 10:30"),
        ("2026-03-06 17:30", "2026-03-09 12:00"),
        ("2026-03-07 10:00", "2026-03-09 12:00"),
        ("2026-02-14 16:00", "2026-02-24 10:30"),  # 02-14 is a make-up Saturday, the Spring Festival follows
    ],
)
def test_half_a_working_day_is_three_and_a_half_hours_of_working_time(start: str, due: str) -> None:
    assert due_after(Length(half_working_days=1), at(start), CALENDAR) == at(due)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02 10:00", 1, "2026-03-03 10:00"),
        ("2026-03-06 10:00", 1, "2026-03-09 10:00"),
        ("2026-03-07 10:00", 1, "2026-03-10 08:30"),
        ("2026-03-02 12:30", 1, "2026-03-03 14:00"),
        ("2026-03-06 18:00", 3, "2026-03-12 08:30"),
        ("2026-09-30 10:00", 1, "2026-10-08 10:00"),
    ],
)
def test_a_working_day_later_is_the_same_time_of_day(start: str, days: int, due: str) -> None:
    assert due_after(Length(working_days=days), at(start), CALENDAR) == at(due)


def test_a_month_ends_on_the_last_day_where_the_next_is_shorter() -> None:
    assert months_after(at("2026-01-31 10:00"), 1, ZONE) == at("2026-02-28 10:00")
    assert months_after(at("2026-12-15 10:00"), 1, ZONE) == at("2027-01-15 10:00")


def test_a_due_time_in_a_year_without_notice_is_provisional() -> None:
    length, start = Length(working_days=1), at("2026-12-31 10:00")
    due = due_after(length, start, CALENDAR)
    assert is_provisional(length, start, due, CALENDAR)
    assert not is_provisional(Length(days=1), start, start + timedelta(days=1), CALENDAR)
