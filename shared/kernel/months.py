"""Calendar months."""

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last day of a month too short for it."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_after(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time so many calendar months later; the month's last day where it has no such day."""
    local = start.astimezone(zone)
    day = add_months(local.date(), months)
    return local.replace(year=day.year, month=day.month, day=day.day)
