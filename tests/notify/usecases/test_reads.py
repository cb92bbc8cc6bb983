from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify.usecases.reads import messages
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor
from tests.kit.desk import SYSTEM, Desk, customer, person
from tests.notify.facts import due, issued, registered


async def listed(desk: Desk, viewer: Actor | str, **asked: Any) -> list[dict[str, Any]]:
    who = person(viewer) if isinstance(viewer, str) else viewer
    found: list[dict[str, Any]] = (await messages(desk.room, who, **asked))["messages"]
    return found


async def one_case(desk: Desk) -> UUID:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case))
    return case


async def test_everybody_sees_his_own_with_his_number(desk: Desk) -> None:
    await one_case(desk)
    (message,) = await listed(desk, "wu.gang")
    assert (message["to"], message["template"], message["status"]) == ("wu.gang", "order.issued", "sent")
    assert "****" not in message["address"]


@pytest.mark.parametrize("viewer", ["gao.feng", "tang.bo", "hr.centre", SYSTEM])
async def test_the_group_sees_all_with_numbers_masked(desk: Desk, viewer: Actor | str) -> None:
    await one_case(desk)
    found = await listed(desk, viewer)
    assert [message["template"] for message in found] == ["order.issued", "customer.registered"]
    assert [message["address"][3:7] for message in found] == ["****", "****"]


@pytest.mark.parametrize("viewer", ["shi.lei", "nobody", "wang.min", customer()])
async def test_others_see_nothing(desk: Desk, viewer: Actor | str) -> None:
    await one_case(desk)
    assert await listed(desk, viewer) == []


@pytest.mark.parametrize(("viewer", "count"), [("wang.min", 2), ("lin.fang", 2), ("sun.yue", 0), ("zhao.lei", 0)])
async def test_who_sees_the_case_sees_its_messages(desk: Desk, viewer: str, count: int) -> None:
    case = await one_case(desk)
    assert len(await listed(desk, viewer, complaint_id=case)) == count


async def test_a_customer_sees_no_messages_of_his_case(desk: Desk) -> None:
    case = await one_case(desk)
    assert await listed(desk, customer(case), complaint_id=case) == []


async def test_a_digest_shows_nothing_of_other_cases(desk: Desk) -> None:
    case, foreign = await one_case(desk), desk.other_ids.new()
    both = {"complaints": [case, foreign], "numbers": ["TS20260302-0001", "TS20260302-0999"]}
    await desk.hears(due(desk, recipient="chen.wei", **both))
    (digest,) = [m for m in await listed(desk, "wang.min", complaint_id=case) if m["template"] == "reminder.daily"]
    assert (digest["complaints"], digest["text"]) == ([str(case)], None)
    (whole,) = await listed(desk, "chen.wei", complaint_id=case, template="reminder.daily")
    assert len(whole["complaints"]) == 2
    assert "TS20260302-0999" in whole["text"]


async def test_an_unknown_case_has_none(desk: Desk) -> None:
    assert await listed(desk, "wang.min", complaint_id=desk.other_ids.new()) == []


async def test_filters(desk: Desk) -> None:
    await one_case(desk)
    await desk.hears(due(desk))
    assert len(await listed(desk, "gao.feng", to="wu.gang")) == 2
    assert len(await listed(desk, "gao.feng", template="reminder.daily")) == 1
    assert len(await listed(desk, "gao.feng", day=date(2026, 3, 3))) == 1
    assert await listed(desk, "gao.feng", to="\x00", template="\ud800") == []


async def test_pages_follow_one_another_without_gap_or_overlap(desk: Desk) -> None:
    for number in range(7):
        desk.clock.advance(timedelta(seconds=1))
        await desk.hears(due(desk, f"k{number}"))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = await messages(desk.room, person("wu.gang"), cursor=cursor, limit=2)
        seen += [message["id"] for message in page["messages"]]
        cursor = page["next"]
    assert cursor is None
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("cursor", ["", "x", "\x00", "0" * 500])
async def test_a_bad_cursor_is_refused(desk: Desk, cursor: str) -> None:
    with pytest.raises(Refused) as caught:
        await listed(desk, "gao.feng", cursor=cursor)
    assert (caught.value.code, caught.value.field) == (Code.field_invalid, "cursor")


@pytest.mark.parametrize(("limit", "count"), [(-5, 1), (0, 1), (1, 1), (10_000, 2)])
async def test_a_limit_out_of_bounds_is_brought_within(desk: Desk, limit: int, count: int) -> None:
    await one_case(desk)
    assert len(await listed(desk, "gao.feng", limit=limit)) == count
