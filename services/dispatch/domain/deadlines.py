"""Times a case hangs on: the agreed completion time, and the month after a registered letter."""

import calendar
from datetime import datetime
from zoneinfo import ZoneInfo


def agreed_time(
    required_by: datetime | None, agreed: datetime | None, new: datetime, *, at: datetime
) -> datetime | None:
    """003§25: a newly agreed, signed time replaces the earlier one while the deadline in force has not passed."""
    in_force = earlier(required_by, agreed)
    return new if in_force is None or at <= in_force else agreed


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)


def months_after(start: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The same local day and time so many calendar months later; the month's last day where it has no such day."""
    local = start.astimezone(zone)
    index = local.year * 12 + local.month - 1 + months
    year, month = divmod(index, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
