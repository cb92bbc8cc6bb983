"""I6: how many messages one number may get, and how fast. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

BUSY_MINUTES = frozenset({0, 30})
"""Minutes of the hour in which everybody sends, and which WeCom asks to avoid."""


@dataclass(frozen=True, slots=True)
class Slot:
    """So many messages to one address within one stretch of time. `over` is when the stretch ends."""

    name: str
    most: int
    over: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """What a gateway may be asked for one address: `per_day` and `per_template` by local day, `per_minute`.

    `avoids_busy`: nothing in the first minute of an hour or a half hour.
    """

    per_day: int | None = None
    per_template: int | None = None
    per_minute: int | None = None
    avoids_busy: bool = False

    def day_slots(self, now: datetime, zone: tzinfo, wording: str | None) -> list[Slot]:
        local = now.astimezone(zone)
        day = local.date().isoformat()
        over = (local + timedelta(days=2)).astimezone(now.tzinfo)
        slots = [Slot(day, self.per_day, over)] if self.per_day is not None else []
        if self.per_template is not None and wording is not None:
            slots.append(Slot(f"{day} {wording}", self.per_template, over))
        return slots

    def minute_slots(self, now: datetime) -> list[Slot]:
        if self.per_minute is None:
            return []
        return [Slot(f"{now:%Y-%m-%dT%H:%MZ}", self.per_minute, now + timedelta(hours=1))]

    def not_before(self, now: datetime) -> datetime | None:
        """When sending may go on; None where it may now. All zones in use are off UTC by whole half hours."""
        return next_minute(now) if self.avoids_busy and now.minute in BUSY_MINUTES else None


def next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
