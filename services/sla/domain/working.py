"""G1: Chinese statutory holidays and make-up working days as the seed of the working calendar."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from services.sla.domain.calendar import WorkingCalendar
from shared.org.model import Sessions
from shared.policy.model import USUAL_SESSIONS, Policy

USUAL: Sessions = tuple((session.start, session.end) for session in USUAL_SESSIONS)


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
def _fixed_holidays(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=year, language="zh_CN"))


@lru_cache(maxsize=64)
def knows_year(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def statutory_calendar(zone: ZoneInfo, sessions: Sessions = USUAL) -> WorkingCalendar:
    return WorkingCalendar(zone, sessions, is_statutory_working_day, knows_year)


def calendar_of(policy: Policy, zone: ZoneInfo, hours: Sessions = ()) -> WorkingCalendar:
    """The statutory days with the hours of the project, where it has its own, else of the policy."""
    return statutory_calendar(zone, hours or sessions_of(policy))


def sessions_of(policy: Policy) -> Sessions:
    return tuple((session.start, session.end) for session in policy.calendar.sessions)


def statutory_note(day: date) -> str:
    """What the State Council's notice calls the day; nothing for a usual day of the week."""
    if not knows_year(day.year):
        return str(_fixed_holidays(day.year).get(day, ""))
    is_off, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return ""
    chinese = chinese_calendar.Holiday(name).chinese
    return chinese if is_off else f"{chinese}调休上班"
