"""Stretches of time in which messages to one number are counted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notify.domain.limits import Limits

CHINA = ZoneInfo("Asia/Shanghai")


def test_a_day_is_the_local_one() -> None:
    limits = Limits(per_day=10, per_template=50)
    last = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    names = [[slot.name for slot in limits.day_slots(at, CHINA, "sign SMS_1")] for at in (last, last + timedelta(0, 1))]
    assert names == [["2026-03-02", "2026-03-02 sign SMS_1"], ["2026-03-03", "2026-03-03 sign SMS_1"]]
    assert limits.day_slots(last, CHINA, None)[0].over > last + timedelta(days=1)


@pytest.mark.parametrize(
    ("minute", "second", "waits"), [(29, 59, 0), (30, 0, 60), (30, 59, 1), (31, 0, 0), (0, 30, 30)]
)
def test_the_first_minute_of_a_half_hour_is_avoided(minute: int, second: int, waits: int) -> None:
    now = datetime(2026, 3, 2, 1, minute, second, tzinfo=UTC)
    expected = now + timedelta(seconds=waits) if waits else None
    assert Limits(avoids_busy=True).not_before(now) == expected
    assert Limits().not_before(now) is None
