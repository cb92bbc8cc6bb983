"""The agreed completion time a case hangs on."""

from datetime import datetime


def agreed_time(
    required_by: datetime | None, agreed: datetime | None, new: datetime, *, at: datetime
) -> datetime | None:
    """003§25: a newly agreed, signed time replaces the earlier one while the deadline in force has not passed."""
    in_force = earlier(required_by, agreed)
    return new if in_force is None or at <= in_force else agreed


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((time for time in (one, other) if time is not None), default=None)
