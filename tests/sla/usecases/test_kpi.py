"""Rates over real cases, on both databases: each number by its own day, within the viewer's place."""

from typing import Any

import pytest

from services.sla.usecases.kpi import kpi, kpi_cases
from services.sla.usecases.lists import open_list
from services.sla.usecases.tick import tick
from shared.events.dispatch import CaseClosedV1, ClosureAppliedV1, ClosureVerifiedV1
from shared.events.intake import WindowRatedV1
from shared.events.sla import FindingRecordedV1
from shared.kernel.errors import Code, Refused
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import at, go, open_case

ACT: dict[str, Any] = {"project_id": "jinbi-bay", "by": "wu.gang", "state_before": "handling", "state": "closed"}
NONE: dict[str, str | None] = {}


async def month(desk: Desk, by: Any, first: str = "2026-03-01", last: str = "2026-03-31") -> list[dict[str, Any]]:
    found = await kpi(desk.room, SYSTEM, first, last, by, NONE)
    return list(found["items"])


async def two_cases(desk: Desk) -> None:
    """TS-1 done in time and closed with satisfaction 4 and five stars; TS-2 overdue since the 6th."""
    case = await open_case(desk, "TS-1")
    await open_case(desk, "TS-2")
    for moment, fact in (
        ("03-03 09:40", desk.fact(ClosureAppliedV1, at=at("03-03 09:40"), complaint_id=case, **ACT)),
        ("03-03 10:00", desk.fact(ClosureVerifiedV1, at=at("03-03 10:00"), complaint_id=case, satisfaction=4, **ACT)),
        ("03-03 11:40", desk.fact(CaseClosedV1, at=at("03-03 11:40"), complaint_id=case, ground="approved", **ACT)),
        ("03-04 09:00", desk.fact(WindowRatedV1, at=at("03-04 09:00"), complaint_id=case, project_id="jinbi-bay",
                                  by="customer", stars=5, officer="wang.min")),
        ("03-05 09:00", desk.fact(FindingRecordedV1, at=at("03-05 09:00"), complaint_id=case, project_id="jinbi-bay",
                                  by="qian.hui", kind="attitude", person="wang.min")),
    ):  # fmt: skip
        desk.clock.move_to(at(moment))
        if isinstance(fact, FindingRecordedV1):
            await desk.do("finding.record", "qian.hui", case, kind="attitude", person="wang.min")
        else:
            await desk.hears(fact)
        await tick(desk.room)
    await go(desk, "03-10 12:00")


async def test_a_company_is_rated_by_what_fell_due_was_closed_and_was_said(desk: Desk) -> None:
    await two_cases(desk)
    (found,) = await month(desk, "company")
    names = ("key", "registered", "due", "on_time", "closed", "mean_hours", "satisfaction")
    assert tuple(found[name] for name in names) == ("property-south", 2, 2, 1, 1, 26.0, 4.0)
    assert found["clocks"]["completion"] == {"met": 1, "breached": 0, "on_time_rate": 1.0}
    assert (found["findings"], found["rank"]) == (1, 1)
    assert found["score"] == round(0.4 * 50 + 0.3 * (100 - 100 * 26 / 360) + 0.3 * 80, 2)
    assert found["centre_score"] == round(0.4 * 90 + 0.3 * 0 + 0.3 * 50, 2)


async def test_each_number_counts_on_its_own_day(desk: Desk) -> None:
    await two_cases(desk)
    names = ("registered", "closed", "window_ratings", "due")
    days = {row["key"]: tuple(row[name] for name in names) for row in await month(desk, "day")}
    assert days == {
        "2026-03-02": (2, 0, 0, 0), "2026-03-03": (0, 1, 0, 0), "2026-03-04": (0, 0, 1, 0), "2026-03-06": (0, 0, 0, 2),
    }  # fmt: skip
    assert await month(desk, "company", "2026-04-01", "2026-04-30") == []
    (whole,) = await month(desk, "month")
    assert (whole["key"], whole["registered"]) == ("2026-03", 2)


async def test_officers_are_ranked_by_their_window_and_people_by_what_they_owe(desk: Desk) -> None:
    await two_cases(desk)
    (officer,) = await month(desk, "officer")
    assert (officer["key"], officer["window_rating"], officer["rank"]) == ("wang.min", 5.0, 1)
    people = {row["key"]: row["penalties"] for row in await month(desk, "person")}
    assert "wu.gang" in people


async def test_the_cases_behind_a_number_and_the_page_after(desk: Desk) -> None:
    await two_cases(desk)
    for measure, numbers in (
        ("registered", ["TS-1", "TS-2"]), ("on_time", ["TS-1"]), ("late", ["TS-2"]), ("due", ["TS-1", "TS-2"]),
        ("closed", ["TS-1"]), ("rated", ["TS-1"]), ("on_the_spot", []),
    ):  # fmt: skip
        found = await kpi_cases(desk.room, SYSTEM, "2026-03-01", "2026-03-31", measure, NONE)  # type: ignore[arg-type]
        assert sorted(row["number"] for row in found["items"]) == numbers, measure
    first = await kpi_cases(desk.room, SYSTEM, "2026-03-01", "2026-03-31", "registered", NONE, limit=1)
    rest = await kpi_cases(
        desk.room, SYSTEM, "2026-03-01", "2026-03-31", "registered", NONE, limit=1, cursor=first["next_cursor"]
    )
    assert {first["items"][0]["number"], rest["items"][0]["number"]} == {"TS-1", "TS-2"}
    assert rest["next_cursor"] is None


async def test_the_overdue_list_goes_on_where_the_page_ended(desk: Desk) -> None:
    for number in range(3):
        await open_case(desk, f"TS-{number}")
    await go(desk, "03-06 18:00")
    assert (await open_list(desk.room, SYSTEM, "overdue", NONE))["items"] == []
    await go(desk, "03-06 18:01")
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = await open_list(desk.room, SYSTEM, "overdue", NONE, cursor=cursor, limit=1)
        seen += [row["number"] for row in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == ["TS-0", "TS-1", "TS-2"]
    assert cursor is None


async def test_place_decides_what_is_counted(desk: Desk) -> None:
    await two_cases(desk)
    for viewer, number in (("chen.wei", 2), ("lin.fang", 2), ("zhao.lei", 0), ("wu.gang", 2), ("zhou.tao", 0)):
        found = await kpi_cases(desk.room, person(viewer), "2026-03-01", "2026-03-31", "registered", NONE)
        assert len(found["items"]) == number, viewer
    with pytest.raises(Refused) as caught:
        await kpi(desk.room, person("nobody"), "2026-03-01", "2026-03-31", "company", NONE)
    assert caught.value.code is Code.role_not_allowed


@pytest.mark.parametrize(
    ("first", "last", "cursor", "field"),
    [
        ("2026-02-30", "2026-03-01", None, "from"),
        ("2026-03-02", "2026-03-01", None, "to"),
        ("2020-01-01", "2026-03-01", None, "to"),
        ("2026-03-01", "2026-03-31", "x~y", "cursor"),
    ],
)
async def test_a_range_that_is_none_is_refused(
    desk: Desk, first: str, last: str, cursor: str | None, field: str
) -> None:
    with pytest.raises(Refused) as caught:
        await kpi_cases(desk.room, SYSTEM, first, last, "closed", NONE, cursor=cursor)
    assert (caught.value.code, caught.value.field) == (Code.field_invalid, field)
