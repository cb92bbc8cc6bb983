"""Quiet hours: from the first second to before the last, over midnight and over a change of the clocks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.notify.domain.quiet import quiet_of

CHINA = ZoneInfo("Asia/Shanghai")


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T21:59:59", None),
        ("2026-03-02T22:00:00", "2026-03-03T07:00:00"),
        ("2026-03-02T23:59:59", "2026-03-03T07:00:00"),
        ("2026-03-03T00:00:00", "2026-03-03T07:00:00"),
        ("2026-03-03T06:59:59", "2026-03-03T07:00:00"),
        ("2026-03-03T07:00:00", None),
    ],
)
def test_quiet_over_midnight(now: str, until: str | None) -> None:
    assert quiet_of("22:00-07:00").until(at(now), CHINA) == (at(until) if until else None)


@pytest.mark.parametrize(
    ("now", "quiet"),
    [("12:29:59", False), ("12:30:00", True), ("13:59:59", True), ("14:00:00", False)],
)
def test_quiet_at_noon(now: str, quiet: bool) -> None:
    until = quiet_of("12:30-14:00").until(at(f"2026-03-02T{now}"), CHINA)
    assert until == (at("2026-03-02T14:00:00") if quiet else None)


def test_the_wall_clock_decides_where_clocks_are_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    until = quiet_of("22:00-07:00").until(at("2026-03-28T22:30:00", berlin), berlin)
    assert until == datetime(2026, 3, 29, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "22:00", "22:00-22:00", "25:00-07:00", "night", "22:00+08:00-07:00"])
def test_what_is_no_time_of_the_day(text: str) -> None:
    with pytest.raises(ValueError):
        quiet_of(text)
