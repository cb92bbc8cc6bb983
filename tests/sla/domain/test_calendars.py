"""G1: what administrators load lies over the notices; nothing is charged backwards for a provisional due time."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.sla.domain.calendars import Calendars, Day, LoadedYear, runs_in_working_time, year_days
from services.sla.domain.clocks import ClockState
from services.sla.domain.facts import Fact
from services.sla.domain.ledger import Ledger, compute, explain_run
from services.sla.domain.warnings import next_warning, years_needed
from services.sla.domain.working import calendar_of, is_statutory_working_day
from shared.org.model import sessions_in
from shared.policy.library import built_in
from shared.policy.model import Policy
from tests.kit.story import DEMO
from tests.sla.working import CLOCK, DAILY, HOURLY, MISSED, STARTED, charging

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = charging(HOURLY)
OFF = Day(False, "停工")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def working_days(year: int) -> dict[date, Day]:
    """A year like any other: Monday to Friday."""
    return {day: Day(day.weekday() < 5, "") for day in year_days(year)}


def loaded(when: str | None, year: int = 2027) -> Calendars:
    until = at(when) if when else None
    return Calendars({"": working_days(year)}, {"": {year: LoadedYear(until, until)}})


class TestScopes:
    def test_where_nothing_was_loaded_the_notice_counts(self) -> None:
        working = Calendars().of(POLICY, "jinbi-bay", ZONE)
        assert working.is_working is is_statutory_working_day
        assert (working.knows(2026), working.knows(2027), working.loaded_at(2027)) == (True, False, None)

    def test_the_most_specific_scope_wins(self) -> None:
        day = date(2026, 3, 10)
        days = {"": {day: OFF}, POLICY.id: {day: Day(True, "照常")}, "jinbi-bay": {day: OFF}}
        assert not Calendars(days).of(POLICY, "jinbi-bay", ZONE).is_working(day)
        assert Calendars(days).of(POLICY, "elsewhere", ZONE).is_working(day)
        assert not Calendars(days).of(built_in().versions("finance")[-1], "elsewhere", ZONE).is_working(day)
        assert Calendars(days).day(day) == OFF

    def test_a_year_loaded_for_one_project_is_known_there_only(self) -> None:
        moment = at("2027-01-05 10:00")
        some = Calendars({}, {"jinbi-bay": {2027: LoadedYear(moment, moment)}})
        assert some.of(POLICY, "jinbi-bay", ZONE).knows(2027)
        assert some.of(POLICY, "jinbi-bay", ZONE).loaded_at(2027) == moment
        assert not some.of(POLICY, "elsewhere", ZONE).knows(2027)

    def test_loading_for_all_after_a_project_does_not_move_the_project_s_first_load(self) -> None:
        first, later = at("2027-01-05 10:00"), at("2027-01-09 10:00")
        both = Calendars({}, {"jinbi-bay": {2027: LoadedYear(first, first)}, "": {2027: LoadedYear(later, later)}})
        assert both.loaded_at(2027, "jinbi-bay") == first
        assert both.loaded_at(2027) == later

    def test_a_year_that_is_waited_for_is_known_only_when_it_is_taken_over(self) -> None:
        waiting = Calendars({}, {"": {2026: LoadedYear(None, None)}})
        assert not waiting.knows(2026)
        assert waiting.waited_for() == [2026]

    def test_an_amendment_of_a_known_year_charges_as_if_it_had_always_been_so(self) -> None:
        amended = Calendars({"": {date(2026, 3, 3): OFF}}, {"": {2026: LoadedYear(at("2026-03-20 10:00"), None)}})
        assert amended.knows(2026)
        assert amended.loaded_at(2026) is None

    @pytest.mark.parametrize("calendars", [Calendars(), loaded("2027-01-05 10:00")])
    def test_the_hours_are_the_project_s_where_it_has_its_own(self, calendars: Calendars) -> None:
        own = sessions_in("09:00-12:00, 13:00-18:00")
        calendar = calendars.of(POLICY, "x", ZONE, own)
        assert calendar.sessions == own
        assert calendar.half_day() == timedelta(hours=4)
        assert calendars.of(POLICY, "x", ZONE).half_day() == timedelta(hours=3, minutes=30)

    def test_the_hours_are_the_policy_s(self) -> None:
        assert loaded("2027-01-05 10:00").of(POLICY, "x", ZONE).sessions == calendar_of(POLICY, ZONE).sessions


def test_which_policies_need_the_calendar() -> None:
    assert {policy.id for policy in built_in().all() if runs_in_working_time(policy)} == {
        "developer-complaints",
        "finance",
        "project-office",
    }


def ledger(policy: Policy, calendars: Calendars, now: str, dispatched: str | None = None) -> Ledger:
    """Registered as valid on Monday 2027-01-04 at 08:30: to be dispatched by 12:00."""
    said = {
        "project_id": "jinbi-bay", "number": "TS-1", "policy_id": policy.id, "policy_version": policy.version,
        "channel": "phone", "officer": "wang.min", "kind": "complaint", "validity": "valid",
        "category": "sales_management", "severity": "general", "contact_ended_at": at("2027-01-04 08:30").isoformat(),
        "required_by": None,
    }  # fmt: skip
    start = at("2027-01-04 08:30")
    facts = [Fact(UUID(int=1), "complaint_registered", start, start, "wang.min", said)]
    if dispatched:
        done = at(dispatched)
        facts.append(Fact(UUID(int=2), "order_dispatched", done, done, "wang.min", {"department": "sales"}))
    return compute(policy, DEMO, facts, at(now), calendars.of(policy, "jinbi-bay", ZONE))


def units(policy: Policy, calendars: Calendars, now: str, dispatched: str | None = None) -> int:
    return sum(charge.units for charge in ledger(policy, calendars, now, dispatched).charges)


class TestNothingBackwards:
    def test_while_the_year_is_unknown_the_due_time_is_provisional_and_free(self) -> None:
        found = ledger(POLICY, Calendars(), "2027-01-06 12:00")
        (run,) = [run for run in found.runs if run.clock.id == CLOCK]
        assert (run.due_at, run.provisional, run.state) == (at("2027-01-04 12:00"), True, ClockState.breached)
        assert found.charges == []
        assert "暂定" in explain_run(run, ZONE, at("2027-01-06 12:00"))

    @pytest.mark.parametrize(
        ("load", "now", "hours"),
        [
            ("2027-01-04 08:00", "2027-01-04 14:00", 2),  # known in time: an hour at 13:00 and one at 14:00
            ("2027-01-04 12:59:59", "2027-01-04 14:00", 2),
            ("2027-01-04 13:00", "2027-01-04 14:00", 1),  # what completes as the year is loaded is free
            ("2027-01-04 13:00:01", "2027-01-04 14:00", 1),
            ("2027-01-04 14:00", "2027-01-04 14:00", 0),
            ("2027-01-04 14:00", "2027-01-04 14:59:59", 0),
            ("2027-01-04 14:00", "2027-01-04 15:00", 1),
        ],
    )
    def test_hours_that_were_over_before_the_load_are_free(self, load: str, now: str, hours: int) -> None:
        assert units(POLICY, loaded(load), now) == hours

    @pytest.mark.parametrize(
        ("load", "hours"), [("2027-01-04 12:59", 1), ("2027-01-04 13:00", 0), ("2027-01-05 9:00", 0)]
    )
    def test_a_delay_that_ended_before_the_load_stays_free(self, load: str, hours: int) -> None:
        load = load.replace(" 9", " 09")
        assert units(POLICY, loaded(load), "2027-01-06 12:00", dispatched="2027-01-04 13:30") == hours

    @pytest.mark.parametrize(
        ("load", "started"), [("2027-01-04 11:59", 3), ("2027-01-04 12:00", 2), ("2027-01-04 13:00", 1)]
    )
    def test_started_hours_cost_when_they_begin(self, load: str, started: int) -> None:
        assert units(charging(STARTED), loaded(load), "2027-01-04 14:30") == started

    @pytest.mark.parametrize(
        ("load", "missed"), [("2027-01-04 11:59:59", 1), ("2027-01-04 12:00", 0), ("2027-01-09 08:00", 0)]
    )
    def test_a_time_missed_before_the_load_is_free(self, load: str, missed: int) -> None:
        assert units(charging(MISSED), loaded(load), "2027-01-09 12:00") == missed

    @pytest.mark.parametrize(
        ("load", "yuan"),
        [
            ("2027-01-04 08:00", 100 + 100 + 200),
            ("2027-01-05 12:00", 200),
            ("2027-01-06 11:59", 200),
            ("2027-01-06 12:00", 0),
        ],
    )
    def test_days_keep_their_bracket_and_those_begun_before_the_load_are_free(self, load: str, yuan: int) -> None:
        charges = ledger(charging(DAILY), loaded(load), "2027-01-06 12:00:01").charges
        assert sum(charge.amount or 0 for charge in charges) == yuan * 100

    def test_the_case_wakes_when_the_first_hour_after_the_load_is_over(self) -> None:
        found = ledger(POLICY, loaded("2027-01-04 13:20"), "2027-01-04 13:20")
        assert found.next_change_at == at("2027-01-04 14:00") + timedelta(microseconds=1)
        late = ledger(POLICY, loaded("2027-01-03 13:20"), "2027-01-04 12:30")
        assert late.next_change_at == at("2027-01-04 13:00") + timedelta(microseconds=1)

    def test_the_load_is_told_with_the_clock(self) -> None:
        found = ledger(POLICY, loaded("2027-01-04 13:20"), "2027-01-04 15:00")
        (run,) = [run for run in found.runs if run.clock.id == CLOCK]
        assert not run.provisional
        assert "节假日安排于 2027-01-04 13:20 载入，此前的延误不计扣罚" in explain_run(
            run, ZONE, at("2027-01-04 15:00")
        )
        assert "节假日安排载入前的 1 次不计" in found.charges[0].reasons[0]


@pytest.mark.parametrize(
    ("day", "years"),
    [((2026, 1, 1), [2026]), ((2026, 11, 14), [2026]), ((2026, 11, 15), [2026, 2027]), ((2026, 12, 31), [2026, 2027])],
)
def test_next_year_is_needed_from_15_november(day: tuple[int, int, int], years: list[int]) -> None:
    assert years_needed(date(*day)) == years


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-15 10:00", "2026-11-16 09:30"),
        ("2026-11-16 09:29", "2026-11-16 09:30"),
        ("2026-11-16 09:30", "2026-11-23 09:30"),
    ],
)
def test_the_next_warning_is_on_a_monday(now: str, then: str) -> None:
    assert next_warning(at(now), ZONE) == at(then)
