from datetime import date

import pytest

from services.intake.domain.centre import require_open
from shared.kernel.errors import Code, Refused
from shared.kernel.months import add_months
from shared.org.model import Project
from tests.kit.desk import demo


def project(opened_on: date | None = None, last_handover_on: date | None = None) -> Project:
    return Project(
        id="p", name="某项目", company="south", property_company="property-south",
        opened_on=opened_on, last_handover_on=last_handover_on,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 12, 1), 1, date(2026, 1, 1)),
        (date(2025, 7, 15), 0, date(2025, 7, 15)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize("today", [date(2019, 5, 1), date(2024, 1, 1), date(2026, 12, 30)])
def test_a_centre_is_open_from_sale_to_the_last_day_of_the_sixth_month(today: date) -> None:
    require_open(project(date(2019, 5, 1), date(2026, 6, 30)), demo(), today, 6)


@pytest.mark.parametrize("today", [date(2019, 4, 30), date(2026, 12, 31)])
def test_outside_it_is_closed_and_names_the_property_company(today: date) -> None:
    with pytest.raises(Refused) as caught:
        require_open(project(date(2019, 5, 1), date(2026, 6, 30)), demo(), today, 6)
    assert caught.value.code is Code.centre_closed
    assert "物业华南公司" in caught.value.detail


def test_where_nothing_ends_it_stays_open() -> None:
    require_open(project(), demo(), date(2099, 1, 1), 6)
    require_open(project(None, date(2016, 6, 30)), demo(), date(2026, 1, 1), None)
