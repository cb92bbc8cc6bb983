"""G1: the working calendar as administrators have loaded it, over the statutory one. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from services.sla.domain.calendar import WorkingCalendar
from services.sla.domain.working import (
    calendar_of,
    is_statutory_working_day,
    knows_year,
    sessions_of,
    statutory_note,
)
from shared.org.model import Sessions
from shared.policy.clocks import SpanClock
from shared.policy.model import Policy

T = TypeVar("T")

EVERYWHERE = ""
"""The scope of all policies and projects."""


@dataclass(frozen=True, slots=True)
class LoadedYear:
    """A year an administrator loaded. `provisional_until`: until then it had been unknown where it was loaded for.

    Neither is set of a year that was needed and is still waited for.
    """

    loaded_at: datetime | None
    provisional_until: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    working: bool
    note: str


@dataclass(frozen=True)
class Calendars:
    """Days and years by scope: all, a policy's id, a project's id. The most specific wins: project, policy, all."""

    days: Mapping[str, Mapping[date, Day]] = field(default_factory=dict)
    years: Mapping[str, Mapping[int, LoadedYear]] = field(default_factory=dict)
    _made: dict[tuple[str, str, str, str, Sessions], WorkingCalendar] = field(default_factory=dict)

    def of(self, policy: Policy, project_id: str, zone: ZoneInfo, hours: Sessions = ()) -> WorkingCalendar:
        """The calendar of a case of the policy in the project, which may have working hours of its own.

        Made once: a ledger asks for it every time.
        """
        if not self.days and not self.years:
            return calendar_of(policy, zone, hours)
        key = policy.id, policy.version, project_id, str(zone), hours
        if key not in self._made:
            scopes = (project_id, policy.id)
            self._made[key] = WorkingCalendar(
                zone,
                hours or sessions_of(policy),
                lambda day: self._is_working(day, scopes),
                lambda year: self.knows(year, *scopes),
                lambda year: self.loaded_at(year, *scopes),
            )
        return self._made[key]

    def day(self, day: date, *scopes: str) -> Day:
        """The day as it is in these scopes, the most specific first, else for all, else by the notice."""
        for found in self._over(self.days, scopes):
            if day in found:
                return found[day]
        return Day(is_statutory_working_day(day), statutory_note(day))

    def _is_working(self, day: date, scopes: Iterable[str]) -> bool:
        for found in self._over(self.days, scopes):
            if day in found:
                return found[day].working
        return is_statutory_working_day(day)

    def knows(self, year: int, *scopes: str) -> bool:
        """Whether the holidays of the year are known there. One that was waited for is known once it is taken over."""
        loaded = self._loaded(year, scopes)
        if any(entry.loaded_at is not None for entry in loaded):
            return True
        return knows_year(year) and not loaded

    def loaded_at(self, year: int, *scopes: str) -> datetime | None:
        """When a year that had been unknown there became known; None where it always was, or is not yet."""
        known = [entry.provisional_until for entry in self._loaded(year, scopes) if entry.provisional_until is not None]
        return min(known, default=None)

    def entry(self, year: int, scope: str = EVERYWHERE) -> LoadedYear | None:
        return self.years.get(scope, {}).get(year)

    def waited_for(self) -> list[int]:
        """Years that due times rest on and that nobody has loaded."""
        return sorted(year for year, entry in self.years.get(EVERYWHERE, {}).items() if entry.loaded_at is None)

    def _loaded(self, year: int, scopes: Iterable[str]) -> list[LoadedYear]:
        return [found[year] for found in self._over(self.years, scopes) if year in found]

    @staticmethod
    def _over(stored: Mapping[str, T], scopes: Iterable[str]) -> list[T]:
        return [stored[scope] for scope in (*scopes, EVERYWHERE) if scope in stored]


def year_days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def runs_in_working_time(policy: Policy) -> bool:
    """Whether any clock of the policy needs the calendar."""
    return any(
        clock.length.in_working_time or (clock.extended is not None and clock.extended.in_working_time)
        for clock in policy.clock
        if isinstance(clock, SpanClock)
    )
