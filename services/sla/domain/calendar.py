"""Working time: sessions on working days. A length on it is counted in working minutes or in working days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.kernel.months import months_after
from shared.policy.base import Length

DAY = timedelta(days=1)
LONGEST_LOOK = 36_600
"""Days looked ahead for a working day. Every year has one (others are refused when loaded), so it is never reached."""


@dataclass(frozen=True)
class WorkingCalendar:
    """`is_working` tells of each local date whether it is worked; `knows` whether its year was loaded.

    `loaded_at` is when a year that had been unknown was loaded; None for one that was always known, or is not yet.
    Sessions are (start, end) in local time, in order.
    """

    zone: ZoneInfo
    sessions: tuple[tuple[time, time], ...]
    is_working: Callable[[date], bool]
    knows: Callable[[int], bool] = lambda year: True
    loaded_at: Callable[[int], datetime | None] = lambda year: None

    def _sessions_of(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_working(day):
            return []
        return [
            (datetime.combine(day, start, self.zone), datetime.combine(day, end, self.zone))
            for start, end in self.sessions
        ]

    def next_working_moment(self, at: datetime) -> datetime:
        """The instant itself within a session (its end excluded), else the start of the next session."""
        local = at.astimezone(self.zone)
        for offset in range(LONGEST_LOOK):
            for start, end in self._sessions_of(local.date() + offset * DAY):
                if local < end:
                    return max(start, local)
        raise ValueError("the calendar has no working day")

    def add_working_time(self, at: datetime, span: timedelta) -> datetime:
        """The instant at which `span` of working time has passed since `at`."""
        local, left = at.astimezone(self.zone), span
        for offset in range(LONGEST_LOOK):
            for start, end in self._sessions_of(local.date() + offset * DAY):
                begin = max(start, local)
                if begin >= end:
                    continue
                if begin + left <= end:
                    return begin + left
                left -= end - begin
        raise ValueError("the calendar has no working day")

    def add_working_days(self, at: datetime, number: int) -> datetime:
        """The same time of day `number` working days later; from a non-working moment, from the next working one."""
        start = self.next_working_moment(at)
        day, left = start.date(), number
        for _ in range(LONGEST_LOOK):
            day += DAY
            if self.is_working(day):
                left -= 1
                if left == 0:
                    return datetime.combine(day, start.time(), self.zone)
        raise ValueError("the calendar has no working day")

    def half_day(self) -> timedelta:
        """Half a working day of working time: 3 h 30 min with the usual sessions."""
        whole = sum(
            ((timedelta(hours=e.hour, minutes=e.minute) - timedelta(hours=s.hour, minutes=s.minute))
             for s, e in self.sessions),
            timedelta(),
        )  # fmt: skip
        return whole / 2


def due_after(length: Length, start: datetime, working: WorkingCalendar) -> datetime:
    """When a clock of that length, started at `start`, is due. Continuous units are elapsed time."""
    if length.elapsed is not None:
        return start + length.elapsed
    if length.working_hours is not None:
        return working.add_working_time(start, timedelta(hours=length.working_hours))
    if length.half_working_days is not None:
        return working.add_working_time(start, working.half_day() * length.half_working_days)
    if length.working_days is not None:
        return working.add_working_days(start, length.working_days)
    return months_after(start, length.months or 0, working.zone)


def is_provisional(length: Length, start: datetime, due: datetime, working: WorkingCalendar) -> bool:
    """Whether a due time rests on a year whose holidays are not known yet."""
    return not all(working.knows(year) for year in _years(length, start, due, working))


def certain_since(length: Length, start: datetime, due: datetime, working: WorkingCalendar) -> datetime | None:
    """When a due time that had been provisional became certain: the last of its years was loaded. Else None."""
    loaded = (working.loaded_at(year) for year in _years(length, start, due, working))
    return max((at for at in loaded if at is not None), default=None)


def _years(length: Length, start: datetime, due: datetime, working: WorkingCalendar) -> range:
    """The years whose holidays decided about a due time: none where it is elapsed time."""
    if not length.in_working_time:
        return range(0)
    return range(start.astimezone(working.zone).year, due.astimezone(working.zone).year + 1)
