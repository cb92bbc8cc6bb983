"""G1: Chinese statutory holidays and make-up working days as the seed of the working calendar."""

from datetime import date, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from services.sla.domain.calendar import WorkingCalendar

SESSIONS = ((time(8, 30), time(12, 0)), (time(14, 0), time(17, 30)))  # our reading, scenario.md Working time


@lru_cache(maxsize=4096)
def is_statutory_working_day(day: date) -> bool:
    """Whether the State Council's notice makes the day a working day.

    A year whose notice is not known yet falls back to weekends and the fixed holidays: what rests on it is provisional.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and day not in _fixed_holidays(day.year)


@lru_cache(maxsize=32)
def _fixed_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year).keys())


@lru_cache(maxsize=64)
def knows_year(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def statutory_calendar(zone: ZoneInfo) -> WorkingCalendar:
    return WorkingCalendar(zone, SESSIONS, is_statutory_working_day, knows_year)
