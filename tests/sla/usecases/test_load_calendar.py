"""G1: a year is loaded whole or not at all, and what rests on it is computed again; nothing is charged backwards."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.sla.domain import working
from services.sla.domain.calendars import year_days
from services.sla.usecases import calendars as changing
from services.sla.usecases.load_calendar import calendar_csv, calendar_status, calendar_year, load_calendar
from services.sla.usecases.reads import ledger, penalties
from services.sla.usecases.tick import next_wake, tick
from shared.events.dispatch import OrderDispatchedV1
from shared.events.sla import ReminderDueV1
from shared.kernel.errors import InvalidDocument, Refused
from tests.kit.desk import SYSTEM, Desk
from tests.notify.facts import registered
from tests.sla.usecases.cases import ZONE
from tests.sla.working import CLOCK, HOURLY, charging, library

POLICY = charging(HOURLY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def year_csv(year: int, *, off: tuple[date, ...] = ()) -> str:
    rows = (f"{day},{int(day.weekday() < 5 and day not in off)},\n" for day in year_days(year))
    return "day,working,note\n" + "".join(rows)


def amend(*days: tuple[str, int]) -> str:
    return "day,working,note\n" + "".join(f"{day},{working},停工\n" for day, working in days)


async def load(desk: Desk, text: str, **how: Any) -> list[int]:
    async with desk.room.begin() as tx:
        return await load_calendar(tx, text, "f.csv", **how)


async def go(desk: Desk, moment: str) -> None:
    desk.clock.move_to(at(moment))
    await tick(desk.room)


async def open_case(desk: Desk, moment: str) -> UUID:
    """Found valid at its registration: to be dispatched within half a working day, then 100 yuan an hour."""
    desk.room.policies = library(POLICY)
    desk.clock.move_to(at(moment))
    case = desk.other_ids.new()
    about = {"policy_id": POLICY.id, "policy_version": POLICY.version, "category": "sales_management"}
    fact = registered(desk, case, **about, validity="valid", contact_ended_at=desk.clock.now())
    await desk.hears(fact)
    await tick(desk.room)
    return case


async def clock_of(desk: Desk, case: UUID) -> tuple[datetime, bool]:
    shown = await ledger(desk.room, SYSTEM, case)
    (row,) = [row for row in shown["clocks"] if row["clock"] == CLOCK]
    return row["due_at"], row["provisional"]


async def owed(desk: Desk, case: UUID) -> list[str | None]:
    return [row["amount"] for row in (await ledger(desk.room, SYSTEM, case))["penalties"]]


async def listed(desk: Desk) -> list[str | None]:
    return [row["amount"] for row in (await penalties(desk.room, SYSTEM))["items"]]


async def test_a_provisional_due_time_is_computed_again_when_the_year_is_loaded(desk: Desk) -> None:
    case = await open_case(desk, "2026-12-31 16:00")
    assert await clock_of(desk, case) == (at("2027-01-04 10:30"), True)
    await go(desk, "2027-01-04 15:45")
    assert await owed(desk, case) == []
    assert await load(desk, year_csv(2027, off=(date(2027, 1, 1),))) == [2027]
    assert await clock_of(desk, case) == (at("2027-01-04 10:30"), False)
    await go(desk, "2027-01-04 15:45")
    assert (await owed(desk, case), await listed(desk)) == ([], [])
    await go(desk, "2027-01-04 17:30")
    assert (await owed(desk, case), await listed(desk)) == (["200"], ["200"])  # 16:30 and 17:30, not the five before
    assert await desk.rows("journal") == []


async def test_the_loaded_days_decide(desk: Desk) -> None:
    case = await open_case(desk, "2026-12-31 16:00")
    await load(desk, year_csv(2027, off=(date(2027, 1, 1), date(2027, 1, 4))))
    assert await clock_of(desk, case) == (at("2027-01-05 10:30"), False)
    await go(desk, "2027-01-05 11:29:59")
    assert await listed(desk) == []
    await go(desk, "2027-01-05 11:30:01")
    assert await listed(desk) == ["100"]


async def test_loading_a_year_again_does_not_forgive_what_came_since(desk: Desk) -> None:
    case = await open_case(desk, "2027-01-04 08:30")
    await go(desk, "2027-01-04 11:00")
    await load(desk, year_csv(2027))
    await go(desk, "2027-01-04 14:00")
    await load(desk, year_csv(2027))
    await go(desk, "2027-01-04 14:00")
    assert await owed(desk, case) == ["200"]


async def test_an_amended_day_moves_what_rests_on_it_and_the_journal_takes_back_the_difference(desk: Desk) -> None:
    case = await open_case(desk, "2026-03-03 16:00")
    await go(desk, "2026-03-04 13:00")
    desk.clock.move_to(at("2026-03-04 13:30"))
    done = desk.fact(OrderDispatchedV1, complaint_id=case, project_id="jinbi-bay", by="wang.min", state_before="x",
                     state="y", order_id=desk.other_ids.new(), number="P-1", department="sales")  # fmt: skip
    await desk.hears(done)
    await tick(desk.room)
    assert await owed(desk, case) == ["300"]
    await load(desk, amend(("2026-03-04", 0)), single_days=True)
    await tick(desk.room)
    assert await owed(desk, case) == []
    assert [(row.kind, row.amount_fen) for row in await desk.rows("journal")] == [
        ("debit", 30_000),
        ("reversal", -30_000),
    ]


async def test_a_scope_changes_its_own_cases_only(desk: Desk) -> None:
    case = await open_case(desk, "2026-03-03 16:00")
    assert await load(desk, amend(("2026-03-04", 0)), scope="finance", single_days=True) == [2026]
    assert await clock_of(desk, case) == (at("2026-03-04 10:30"), False)
    assert (await desk.rows("case"))[0].next_change_at > desk.clock.now()
    await load(desk, amend(("2026-03-04", 0)), scope="jinbi-bay", single_days=True)
    assert await clock_of(desk, case) == (at("2026-03-05 10:30"), False)
    assert (await desk.rows("case"))[0].next_change_at == desk.clock.now()
    await load(desk, amend(("2026-03-04", 0), ("2026-03-05", 0)), single_days=True)
    assert await clock_of(desk, case) == (at("2026-03-06 10:30"), False)
    assert not (await calendar_year(desk.room, 2026))["days"][62]["working"]
    assert (await calendar_year(desk.room, 2026, "finance"))["days"][62]["note"] == "停工"


@pytest.mark.parametrize(
    ("text", "single_days", "problem"),
    [
        (year_csv(2027).replace("2027-07-01,1,\n", ""), False, "缺 1 天，首缺 2027-07-01"),
        (year_csv(2027).replace(",1,", ",0,"), False, "没有一个工作日"),
        (year_csv(2027) + "2028-01-01,0,\n", False, "2028 年缺 365 天"),
        (year_csv(2027) + "2027-12-31,1,\n", False, "f.csv:367: 2027-12-31 已在第 366 行出现"),
        (amend(("2027-02-29", 0)), True, "f.csv:2: 没有 2027-02-29 这一天"),
        (amend(("1200-02-28", 0)), True, "f.csv:2: 年份"),
        (amend(*((str(day), 0) for day in year_days(2027))), True, "没有一个工作日"),
        ("day,working,note\n", True, "没有任何一天"),
    ],
)
async def test_a_bad_file_is_refused_and_nothing_is_loaded(
    desk: Desk, text: str, single_days: bool, problem: str
) -> None:
    before = await desk.counts()
    with pytest.raises(InvalidDocument, match=problem):
        await load(desk, text, single_days=single_days)
    assert await desk.counts() == before


async def test_a_scope_nobody_knows_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="没有名为 nowhere 的制度或项目"):
        await load(desk, year_csv(2027), scope="nowhere")


async def test_an_exported_year_imports_as_it_was(desk: Desk) -> None:
    text = await calendar_csv(desk.room, 2026)
    assert "2026-02-14,1,春节调休上班\r\n" in text
    assert "2026-02-17,0,春节\r\n" in text
    case = await open_case(desk, "2026-02-14 16:00")
    before = await clock_of(desk, case)
    assert await load(desk, text) == [2026]
    assert await clock_of(desk, case) == before == (at("2026-02-24 10:30"), False)
    assert await calendar_csv(desk.room, 2026) == text
    await go(desk, "2026-02-24 11:30")
    assert await owed(desk, case) == ["100"]


async def test_another_copy_of_the_room_hears_of_it_by_the_version(desk: Desk) -> None:
    case = await open_case(desk, "2026-12-31 16:00")
    await clock_of(desk, case)
    held = desk.room.extra["calendars"]
    await clock_of(desk, case)
    assert desk.room.extra["calendars"] is held
    await load(desk, year_csv(2027))
    await clock_of(desk, case)
    assert desk.room.extra["calendars"][0] == 1


async def test_a_newer_release_that_knows_the_year_charges_nothing_backwards(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await open_case(desk, "2027-01-04 08:30")
    await go(desk, "2027-01-04 15:30")
    assert [(row.year, row.loaded_at) for row in await desk.rows("calendar_year")] == [(2027, None)]
    for module in (working, changing):
        monkeypatch.setattr(module, "knows_year", lambda year: True)
    monkeypatch.setattr("services.sla.domain.calendars.knows_year", lambda year: True)
    desk.room.extra.clear()  # the process with the newer release has nothing in memory
    desk.room.forget("calendars")
    assert await clock_of(desk, case) == (at("2027-01-04 12:00"), True)
    await go(desk, "2027-01-04 15:30")
    assert await clock_of(desk, case) == (at("2027-01-04 12:00"), False)
    await go(desk, "2027-01-04 17:00")
    assert await owed(desk, case) == ["200"]


async def warnings(desk: Desk) -> list[tuple[str, str, list[str]]]:
    return [
        (event.recipient, str(event.local_date), event.numbers)
        for event in await desk.events()
        if isinstance(event, ReminderDueV1) and event.template == "calendar.missing"
    ]


class TestWarning:
    async def test_every_monday_at_9_30_from_15_november_until_the_year_is_there(self, desk: Desk) -> None:
        await open_case(desk, "2026-11-09 09:00")
        for moment in ("2026-11-09 10:00", "2026-11-15 10:00", "2026-11-16 09:29:59"):
            await go(desk, moment)
        assert await warnings(desk) == []
        assert await next_wake(desk.room) == at("2026-11-16 09:30")
        for moment in ("2026-11-16 09:30", "2026-11-16 18:00", "2026-11-18 10:00", "2026-11-23 11:00"):
            await go(desk, moment)
        sent = [("gao.feng", "2026-11-16", ["2027"]), ("gao.feng", "2026-11-23", ["2027"])]
        assert await warnings(desk) == sent
        status = await calendar_status(desk.room)
        assert (status["missing"], status["waited_for"]) == ([2027], [])
        assert "2027" in status["warning"]
        await load(desk, year_csv(2027))
        await go(desk, "2026-11-30 10:00")
        assert await warnings(desk) == sent
        assert (await calendar_status(desk.room))["warning"] is None

    async def test_nobody_is_warned_where_no_clock_runs_in_working_time(self, desk: Desk) -> None:
        desk.clock.move_to(at("2026-11-16 09:00"))
        await desk.hears(registered(desk, desk.other_ids.new(), contact_ended_at=desk.clock.now()))
        await tick(desk.room)
        await go(desk, "2026-11-16 10:00")
        assert await warnings(desk) == []
        assert (await calendar_status(desk.room))["warning"] is None

    async def test_a_year_that_has_begun_without_its_days_is_warned_of_too(self, desk: Desk) -> None:
        await open_case(desk, "2027-01-04 09:00")
        await go(desk, "2027-01-04 09:30")
        assert await warnings(desk) == [("gao.feng", "2027-01-04", ["2027"])]
        assert (await calendar_status(desk.room))["waited_for"] == [2027]
