"""The periods of the dashboard, at the edges of months, quarters and years."""

from datetime import date

import pytest

from services.sla.domain.periods import Period, period_of


@pytest.mark.parametrize(
    ("name", "today", "first", "last", "before"),
    [
        ("this_month", date(2026, 3, 31), date(2026, 3, 1), date(2026, 3, 31), date(2026, 2, 1)),
        ("last_month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 31), date(2025, 11, 1)),
        ("this_quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31), date(2026, 7, 1)),
        ("this_quarter", date(2024, 2, 29), date(2024, 1, 1), date(2024, 3, 31), date(2023, 10, 1)),
        ("this_year", date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31), date(2025, 1, 1)),
        ("nonsense", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29), date(2024, 1, 1)),
    ],
)
def test_a_named_period_is_whole_months(name: str, today: date, first: date, last: date, before: date) -> None:
    found = period_of(name, None, today)
    assert (found.first, found.last, found.before.first) == (first, last, before)


def test_a_month_that_is_given_stands_before_the_name_and_what_is_none_is_ignored() -> None:
    assert period_of("this_year", "2026-02", date(2026, 5, 5)) == Period(date(2026, 2, 1), 1)
    assert period_of(None, "2026-13", date(2026, 5, 5)) == Period(date(2026, 5, 1), 1)


def test_a_months_trend_goes_by_day_up_to_today_and_a_years_by_month() -> None:
    assert Period(date(2026, 3, 1), 1).steps(date(2026, 3, 3)) == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert Period(date(2026, 1, 1), 12).steps(date(2026, 2, 1)) == ["2026-01", "2026-02"]
    assert len(Period(date(2026, 2, 1), 1).steps(date(2026, 9, 1))) == 28
    assert Period(date(2026, 5, 1), 1).steps(date(2026, 4, 30)) == []


def test_a_step_of_the_trend_is_a_day_or_a_whole_month() -> None:
    assert Period(date(2026, 3, 1), 1).part("2026-03-05") == (date(2026, 3, 5), date(2026, 3, 5))
    assert Period(date(2026, 1, 1), 12).part("2026-02") == (date(2026, 2, 1), date(2026, 2, 28))
