"""I6: hours in which customers are left alone. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

NEVER_QUIET = frozenset({"order.issued", "reminder.daily"})
"""003§19 says when these go out; no setting holds them back."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Every day from `start` to before `end`, local wall clock; over midnight where `end` is the earlier."""

    start: time
    end: time

    def until(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet that covers the instant ends; None outside of it."""
        local = now.astimezone(zone)
        at = local.time()
        if self.start < self.end:
            if not self.start <= at < self.end:
                return None
            day = local.date()
        elif at >= self.start:
            day = local.date() + timedelta(days=1)
        elif at < self.end:
            day = local.date()
        else:
            return None
        return datetime.combine(day, self.end, zone).astimezone(now.tzinfo)


def quiet_of(text: str) -> Quiet:
    """From "22:00-07:00". Raises ValueError."""
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError("HH:MM-HH:MM is wanted")
    made = Quiet(*(time.fromisoformat(part.strip()) for part in (start, end)))
    if made.start == made.end or made.start.tzinfo or made.end.tzinfo:
        raise ValueError("a quiet time begins and ends at different local times")
    return made
