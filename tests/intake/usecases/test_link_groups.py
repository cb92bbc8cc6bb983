"""C6: three distinct complainants in linked cases make each of them a group complaint, once."""

import asyncio
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.intake.usecases.reads import record
from shared.events.intake import ComplaintClassifiedV1
from tests.kit.desk import CUSTOMER, Desk, person

Registered = dict[str, Any]


async def households(desk: Desk, number: int, **changed: Any) -> list[Registered]:
    """So many cases, each of another telephone."""
    return [await desk.register(customer={**CUSTOMER, "phone": f"1380000100{one}"}, **changed) for one in range(number)]


async def join(desk: Desk, one: Registered, other: Registered, relation: str = "same_group") -> list[str]:
    answer = await desk.do("complaint.link", "wang.min", one["complaint"], to=other["complaint"], relation=relation)
    return list(answer["upgraded"])


async def upgrades(desk: Desk) -> list[ComplaintClassifiedV1]:
    return [event for event in await desk.events() if isinstance(event, ComplaintClassifiedV1)]


async def severities(desk: Desk) -> list[str]:
    return [row.severity for row in await desk.rows("complaint")]


async def test_the_third_complainant_upgrades_all_and_no_one_before(desk: Desk) -> None:
    one, two, three = await households(desk, 3)
    assert await join(desk, two, one) == []
    assert await severities(desk) == ["general"] * 3
    assert await join(desk, three, two) == sorted(case["number"] for case in (one, two, three))
    assert await severities(desk) == ["group"] * 3
    events = await upgrades(desk)
    assert {str(event.complaint_id) for event in events} == {case["complaint"] for case in (one, two, three)}
    mine = next(event for event in events if str(event.complaint_id) == one["complaint"])
    assert mine.severity == "group"
    assert mine.severity_reason == (
        f"群体性投诉：3 人以上共同投诉（003§33）；与 {two['number']}、{three['number']} 为同一群体，共 3 位投诉人"
    )
    told = await record(desk.room, person("wang.min"), UUID(one["complaint"]))
    assert told["severity_reason"] == mine.severity_reason
    assert [entry["after"]["severity"] for entry in told["classifications"]] == ["group"]


@pytest.mark.parametrize("order", list(permutations([(1, 0), (2, 1), (3, 2)])))
async def test_a_chain_is_one_group_in_whichever_order_it_is_linked(desk: Desk, order: list[tuple[int, int]]) -> None:
    cases = await households(desk, 4)
    for one, other in order:
        await join(desk, cases[one], cases[other])
    assert await severities(desk) == ["group"] * 4
    assert len(await upgrades(desk)) == 4


async def test_a_link_more_in_a_group_says_nothing_again(desk: Desk) -> None:
    one, two, three = await households(desk, 3)
    await join(desk, two, one)
    await join(desk, three, two)
    assert await join(desk, three, one) == []
    assert len(await upgrades(desk)) == 3


async def test_one_telephone_is_one_complainant_however_it_is_written(desk: Desk) -> None:
    cases = [
        await desk.register(customer={**CUSTOMER, "phone": phone})
        for phone in ("13800000001", "138-0000-0001", "+8613800000001")
    ]
    await join(desk, cases[1], cases[0])
    assert await join(desk, cases[2], cases[1]) == []
    assert await severities(desk) == ["general"] * 3


async def test_duplicates_alone_are_one_case_and_no_group(desk: Desk) -> None:
    one, two, three = await households(desk, 3)
    assert await join(desk, two, one, "duplicate") == []
    assert await join(desk, three, one, "duplicate") == []
    assert await upgrades(desk) == []


async def test_who_was_merged_into_a_case_of_the_group_counts(desk: Desk) -> None:
    one, two, three = await households(desk, 3)
    await join(desk, two, one)
    assert await join(desk, three, two, "duplicate") == sorted([one["number"], two["number"]])
    assert await severities(desk) == ["group", "group", "general"]


async def test_nothing_is_lowered(desk: Desk) -> None:
    one, two, three = await households(desk, 3)
    await desk.do("complaint.classify", "wang.min", one["complaint"], severity="major", reason="市民热线督办")
    await desk.do("complaint.classify", "wang.min", two["complaint"], severity="common", reason="同栋多户")
    await join(desk, two, one)
    assert await join(desk, three, one) == [three["number"]]
    assert await severities(desk) == ["major", "common", "group"]


async def test_what_a_person_decides_afterwards_stays(desk: Desk) -> None:
    one, two, three, four = await households(desk, 4)
    await join(desk, two, one)
    await join(desk, three, two)
    await desk.do("complaint.classify", "wang.min", one["complaint"], severity="general", reason="另一处漏水")
    assert await join(desk, four, three) == [four["number"]]
    assert await severities(desk) == ["general", "group", "group", "group"]


async def test_a_closed_case_counts_and_keeps_its_result(desk: Desk) -> None:
    one, two, three = await households(desk, 3, on_the_spot=True)
    await join(desk, two, one)
    await desk.do("complaint.sign", "wang.min", one["complaint"], signature="x")
    assert await join(desk, three, two) == sorted([two["number"], three["number"]])
    assert await severities(desk) == ["general", "group", "group"]


async def test_links_made_at_once_upgrade_each_case_exactly_once(desk: Desk) -> None:
    cases = await households(desk, 6)
    pairs = [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (0, 5)]
    await asyncio.gather(*(join(desk, cases[one], cases[other]) for one, other in pairs))
    assert await severities(desk) == ["group"] * 6
    assert sorted(str(event.complaint_id) for event in await upgrades(desk)) == sorted(c["complaint"] for c in cases)
