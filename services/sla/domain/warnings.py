"""G1: when a missing year's holidays are warned of. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WARN_FROM = (11, 15)
"""Month and day from which next year's holidays ought to be there: the notice comes out in November."""

WARN_AT = time(9, 30)


def years_needed(day: date) -> list[int]:
    """The years whose holidays ought to be known on the day."""
    return [day.year, day.year + 1] if (day.month, day.day) >= WARN_FROM else [day.year]


def next_warning(now: datetime, zone: ZoneInfo) -> datetime:
    """The next Monday 9:30 in the zone."""
    local = now.astimezone(zone)
    at = datetime.combine(local.date() - timedelta(days=local.weekday()), WARN_AT, zone)
    return at if at > now else datetime.combine(at.date() + timedelta(days=7), WARN_AT, zone)
