"""The agreed completion time, and the month after a registered letter."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.dispatch.domain.deadlines import agreed_time
from shared.kernel.months import months_after

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("required", "agreed", "at", "kept"),
    [
        (None, None, NOON, "new"),
        (NOON, None, NOON - HOUR, "new"),
        (NOON, None, NOON, "new"),
        (NOON, None, NOON + HOUR, None),
        (None, NOON, NOON, "new"),
        (None, NOON, NOON + HOUR, "old"),
        (NOON + HOUR, NOON, NOON + timedelta(seconds=1), "old"),
        (NOON - HOUR, NOON, NOON, "old"),
    ],
)
def test_a_new_agreed_time_counts_while_the_deadline_in_force_has_not_passed(
    required: datetime | None, agreed: datetime | None, at: datetime, kept: str | None
) -> None:
    new = NOON + timedelta(days=3)
    assert agreed_time(required, agreed, new, at=at) == {"new": new, "old": agreed, None: None}[kept]


@pytest.mark.parametrize(
    ("sent", "months", "expected"),
    [
        ("2026-03-05T10:00:00", 1, "2026-04-05T10:00:00"),
        ("2026-01-31T10:00:00", 1, "2026-02-28T10:00:00"),
        ("2028-01-31T10:00:00", 1, "2028-02-29T10:00:00"),
        ("2026-12-15T23:59:59", 1, "2027-01-15T23:59:59"),
        ("2026-11-30T08:00:00", 3, "2027-02-28T08:00:00"),
        ("2026-05-01T00:30:00", 1, "2026-06-01T00:30:00"),
    ],
)
def test_a_calendar_month_is_counted_on_the_local_calendar(sent: str, months: int, expected: str) -> None:
    start = datetime.fromisoformat(sent).replace(tzinfo=ZONE)
    found = months_after(start.astimezone(UTC), months, ZONE)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=ZONE)
