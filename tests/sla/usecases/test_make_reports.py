"""I2-I5: each report once a period, frozen, as of its instant, told to who gets it."""

import asyncio
from typing import Any

import pytest

from services.sla.app import build
from services.sla.usecases.report_reads import csv_of, report, reports
from services.sla.usecases.tick import next_wake, tick
from shared.events.dispatch import CaseClosedV1, ClosureAppliedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import at, go, open_case, reminders

ACT: dict[str, Any] = {"project_id": "jinbi-bay", "by": "wu.gang", "state_before": "handling", "state": "closed"}


async def made(desk: Desk, name: str, viewer: Actor = SYSTEM) -> list[dict[str, Any]]:
    return [
        await report(desk.room, viewer, head["id"]) for head in (await reports(desk.room, viewer, report=name))["items"]
    ]


async def test_the_slow_list_of_the_morning_goes_to_the_deputy_general_manager(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-03 09:59:59")
    assert await made(desk, "slow_daily") == []
    await go(desk, "03-03 10:00")
    (found,) = await made(desk, "slow_daily")
    assert [(row["number"], row["slow_since"]) for row in found["rows"]] == [("TS-1", "2026-03-02 10:40")]
    assert (found["period"], found["clause"], found["number"]) == ("2026-03-03", "003§26", 1)
    assert await reminders(desk, "report.slow_daily") == [
        ("sun.li", "2026-03-03", ["进展缓慢投诉清单", "2026-03-03", "1"])
    ]


async def test_nothing_to_list_is_told_to_nobody(desk: Desk) -> None:
    case = await open_case(desk)
    await desk.hears(desk.fact(CaseClosedV1, complaint_id=case, ground="approved", **ACT))
    await go(desk, "03-09 10:00")
    assert (await reports(desk.room, SYSTEM))["items"] == []
    assert [row.report for row in await desk.rows("report_run")] == ["leftover_weekly", "overdue_daily", "slow_daily"]


async def test_overdue_from_the_first_morning_after_the_deadline(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-06 10:00")
    assert await made(desk, "overdue_daily") == []
    await go(desk, "03-07 10:00")
    ((row,),) = [found["rows"] for found in await made(desk, "overdue_daily")]
    assert (row["number"], row["due_at"], row["days_late"]) == ("TS-1", "2026-03-06 18:00", 1)


async def test_left_over_is_what_came_in_before_this_week_and_is_not_closed(desk: Desk) -> None:
    await open_case(desk, "TS-1")
    await go(desk, "03-09 00:00")
    await open_case(desk, "TS-2")
    await go(desk, "03-09 10:00")
    (found,) = await made(desk, "leftover_weekly")
    assert [row["number"] for row in found["rows"]] == ["TS-1"]
    assert (found["period"], found["from"], found["to"]) == ("2026-W11", "2026-03-02", "2026-03-09")
    assert found["summary"]["severity"] == {"一般投诉": 1}


async def test_the_months_leftover_has_only_the_severe_ones(desk: Desk) -> None:
    await open_case(desk, "TS-1")
    await open_case(desk, "TS-2", severity="major")
    await go(desk, "04-01 10:00")
    (found,) = await made(desk, "leftover_monthly")
    assert [row["number"] for row in found["rows"]] == ["TS-2"]
    assert [who for who, _, _ in await reminders(desk, "report.leftover_monthly")] == ["tang.bo"]


async def test_after_an_outage_the_day_is_made_up_for_the_same_day_and_as_it_was_at_ten(desk: Desk) -> None:
    case = await open_case(desk)
    desk.clock.move_to(at("03-03 11:00"))
    await desk.hears(desk.fact(ClosureAppliedV1, complaint_id=case, **ACT))
    await go(desk, "03-03 23:59:59")
    (found,) = await made(desk, "slow_daily")
    assert [row["number"] for row in found["rows"]] == ["TS-1"]


async def test_a_day_that_is_over_is_not_made_up_for_and_a_week_is(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-11 00:00")
    assert await made(desk, "slow_daily") == []
    (found,) = await made(desk, "leftover_weekly")
    assert found["at"] == "2026-03-09T02:00:00+00:00"
    await go(desk, "03-11 00:01")
    assert len(await made(desk, "leftover_weekly")) == 1


async def test_frozen_whatever_becomes_of_the_cases(desk: Desk) -> None:
    case = await open_case(desk)
    await go(desk, "03-03 10:00")
    before = await made(desk, "slow_daily")
    await desk.hears(desk.fact(CaseClosedV1, complaint_id=case, ground="approved", **ACT))
    await go(desk, "03-03 12:00")
    assert await made(desk, "slow_daily") == before


async def test_two_replicas_ticking_at_once_make_each_once(desk: Desk) -> None:
    await open_case(desk)
    other = build(desk.room.db, desk.clock, desk.other_ids, desk.room.policies)
    desk.clock.move_to(at("03-03 10:00"))
    await asyncio.gather(*(tick(room) for room in (desk.room, other, desk.room, other)))
    assert len(await made(desk, "slow_daily")) == 1
    assert len(await reminders(desk, "report.slow_daily")) == 1


async def test_the_next_wake_is_not_after_the_next_report(desk: Desk) -> None:
    case = await open_case(desk)
    await desk.hears(desk.fact(CaseClosedV1, complaint_id=case, ground="approved", **ACT))
    await go(desk, "03-03 09:30")
    assert await next_wake(desk.room) == at("03-03 10:00")


async def test_who_did_not_get_it_does_not_find_it(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-03 10:00")
    (found,) = await made(desk, "slow_daily")
    assert await made(desk, "slow_daily", person("tang.bo")) == [found]
    assert await made(desk, "slow_daily", person("chen.wei")) == []
    with pytest.raises(Refused) as caught:
        await report(desk.room, person("chen.wei"), found["id"])
    assert caught.value.code is Code.not_found


async def test_the_months_ranking_names_companies_and_projects_and_goes_to_their_chairmen(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "04-01 10:00")
    (found,) = await made(desk, "ranking_monthly")
    assert [(row["level"], row["key"], row["on_time_rate"]) for row in found["rows"]] == [
        ("公司", "property-south", 0.0),
        ("项目", "jinbi-bay", 0.0),
    ]
    told = {who for who, _, _ in await reminders(desk, "report.ranking_monthly")}
    assert told == {"gao.feng", "tang.bo", "lin.fang"}


async def test_as_a_file_it_has_title_summary_and_numbered_rows(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-03 10:00")
    (found,) = await made(desk, "slow_daily")
    lines = csv_of(found).splitlines()
    assert lines[0].startswith("\ufeff进展缓慢投诉清单,003§26,2026-03-03")
    assert lines[-2].startswith("序号,投诉编号,项目")
    assert lines[-1].startswith("1,TS-1,金碧湾")
