"""H5, H6: the ledger by entries: pages of it, sums, what still grows, and each person's own."""

from decimal import Decimal
from typing import Any

import pytest

from services.sla.usecases import accounts
from services.sla.usecases.accounts import Wanted, by_month
from services.sla.usecases.reads import penalties
from services.sla.usecases.tick import tick
from shared.kernel.errors import Code, Refused
from tests.kit.desk import Desk, person
from tests.notify.facts import registered
from tests.sla.usecases.cases import at, go, open_case

ALL = Wanted()
GROUP = person("gao.feng")


async def late(desk: Desk, number: int = 3) -> None:
    """Cases whose progress was missed day after day."""
    for one in range(number):
        await open_case(desk, f"TS-{one}")
    for day in ("03-03", "03-04", "03-05"):
        await go(desk, f"{day} 18:30:00")


async def test_pages_of_entries_hold_every_entry_once_the_latest_first(desk: Desk) -> None:
    await late(desk)
    whole = (await accounts.entries(desk.room, GROUP, ALL, limit=1000))["items"]
    assert len(whole) > 6
    assert [item["at"] for item in whole] == sorted((item["at"] for item in whole), reverse=True)
    paged: list[object] = []
    cursor = None
    while True:
        page = await accounts.entries(desk.room, GROUP, ALL, cursor=cursor, limit=2)
        paged += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert paged == whole
    with pytest.raises(Refused) as refused:
        await accounts.entries(desk.room, GROUP, ALL, cursor="2026-03-03T00:00:00+00:00~x~1")
    assert refused.value.code is Code.field_invalid


async def test_the_sums_by_person_are_those_of_the_entries(desk: Desk) -> None:
    await late(desk)
    entries = (await accounts.entries(desk.room, GROUP, ALL, limit=1000))["items"]
    sums = await accounts.sums(desk.room, GROUP, ALL)
    for row in sums:
        own = [Decimal(item["amount"] or 0) for item in entries if item["person"] == row["person"]]
        assert (row["entries"], Decimal(row["amount"])) == (len(own), sum(own))
    assert {row["person"] for row in sums} == {item["person"] for item in entries}
    none = Wanted(month="2026-04")
    assert await accounts.sums(desk.room, GROUP, none) == []


async def test_a_sum_partly_written_at_a_cut_off_grows_on_beside_it(desk: Desk) -> None:
    await desk.hears(registered(desk, desk.other_ids.new(), required_by=at("03-06 18:00")))
    await tick(desk.room)
    for moment in ("03-31 23:59:59", "04-02 12:00:00"):
        await go(desk, moment)

    def of(found: dict[str, Any]) -> list[Decimal]:
        return [Decimal(item["amount"]) for item in found["items"] if item["person"] == "wang.min"]

    written = of(await accounts.entries(desk.room, GROUP, ALL))
    growing = of(await accounts.growing(desk.room, GROUP, ALL))
    whole = [row["amount"] for row in (await penalties(desk.room, person("wang.min")))["items"]]
    assert len(written) == len(growing) == len(whole) == 1
    assert min(written[0], growing[0]) > 0
    assert written[0] + growing[0] == Decimal(whole[0])
    march, april = by_month(await accounts.own(desk.room, person("wang.min")))[::-1]
    assert [march["amount"], april["amount"]] == [written[0], growing[0]]


async def test_the_months_of_a_person_add_up_to_his_entries(desk: Desk) -> None:
    await late(desk, 2)
    own = await accounts.own(desk.room, person("wu.gang"))
    months = by_month(own)
    assert [month["month"] for month in months] == ["2026-03"]
    assert months[0]["amount"] == sum(Decimal(item["amount"] or 0) for item in own)
    rows = months[0]["items"]
    assert len({(row["complaint"], row["rule"]) for row in rows}) == len(rows)
    assert sum(len(row["parts"]) for row in rows) == len(own)
    assert await accounts.own(desk.room, person("jiang.nan")) == []


async def test_an_appeal_waits_until_it_is_waived_and_is_seen_in_its_place_only(desk: Desk) -> None:
    await late(desk, 1)
    (item, *_) = [one for one in await accounts.own(desk.room, person("wu.gang")) if one["rule"] == "progress.missed"]
    entry = {"rule": "progress.missed", "person": "wu.gang"}
    case = next(iter({one["complaint"] for one in [item]}))
    await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="停电")
    (appeal,) = await accounts.open_appeals(desk.room, GROUP)
    assert (appeal["person"], appeal["reason"], appeal["state"]) == ("wu.gang", "停电", "appealed")
    assert await accounts.open_appeals(desk.room, person("shen.kai")) == []
    states = {one["state"] for one in await accounts.own(desk.room, person("wu.gang"))
              if one["rule"] == "progress.missed"}  # fmt: skip
    assert states == {"appealed"}
    await desk.do("penalty.waive", "gao.feng", case, entry=entry, reason="属实")
    await tick(desk.room)
    assert await accounts.open_appeals(desk.room, GROUP) == []
    left = [one for one in await accounts.own(desk.room, person("wu.gang")) if one["rule"] == "progress.missed"]
    assert {one["state"] for one in left} == {"waived"}
    assert sum(Decimal(one["amount"]) for one in left) == 0


async def test_an_appeal_turned_down_leaves_the_queue_and_is_told_to_the_appellant(desk: Desk) -> None:
    await late(desk, 1)
    (case, *_) = [one["complaint"] for one in await accounts.own(desk.room, person("wu.gang"))]
    entry = {"rule": "progress.missed", "person": "wu.gang"}
    await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="停电")
    (appeal,) = await accounts.open_appeals(desk.room, GROUP)
    assert appeal["upheld"] is None
    await desk.do("penalty.uphold", "gao.feng", case, entry=entry, reason="当日供电正常")
    await tick(desk.room)
    assert await accounts.open_appeals(desk.room, GROUP) == []
    own = [one for one in await accounts.own(desk.room, person("wu.gang")) if one["rule"] == "progress.missed"]
    assert {one["state"] for one in own} == {"settled"}
    assert {(one["upheld"]["by_name"], one["upheld"]["reason"]) for one in own} == {("高峰", "当日供电正常")}

    await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="停电通知附后")
    (again,) = await accounts.open_appeals(desk.room, GROUP)
    assert (again["reason"], again["upheld"]["reason"]) == ("停电通知附后", "当日供电正常")
    own = [one for one in await accounts.own(desk.room, person("wu.gang")) if one["rule"] == "progress.missed"]
    assert {(one["state"], one["upheld"]) for one in own} == {("appealed", None)}


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "0000-01", "x"])
async def test_a_month_that_is_none_is_refused(desk: Desk, month: str) -> None:
    with pytest.raises(Refused) as refused:
        await accounts.entries(desk.room, GROUP, Wanted(month=month))
    assert (refused.value.code, refused.value.field) == (Code.field_invalid, "month")
