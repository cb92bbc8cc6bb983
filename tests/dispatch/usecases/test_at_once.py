"""Two at the same moment: one is done, the other is told so; nothing is done twice, nothing is lost."""

import asyncio
from typing import Any

from shared.events.dispatch import CaseClosedV1, OrderIssuedV1
from shared.kernel.errors import Code, Refused
from tests.dispatch.handling import Handling


async def together(*acts: Any) -> list[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


async def test_of_two_who_issue_one_order_at_once_one_does(desk: Handling) -> None:
    case = await desk.reviewed()
    found = await together(*(desk.do("order.issue", "gao.feng", case, decision="approve") for _ in range(4)))
    refused = [one for one in found if isinstance(one, Refused)]
    assert len(refused) == 3
    assert {one.code for one in refused} == {Code.state_not_allowed}
    assert len([event for event in await desk.events() if isinstance(event, OrderIssuedV1)]) == 1


async def test_one_key_at_once_gives_one_act_and_one_answer(desk: Handling) -> None:
    case = await desk.handling()
    found = await together(*(desk.do("progress.enter", "wu.gang", case, key="k", text="已进场") for _ in range(4)))
    assert all(one == found[0] for one in found), found
    assert len([act for act in await desk.rows("act") if act.command == "progress.enter"]) == 1


async def test_versions_are_counted_without_loss(desk: Handling) -> None:
    case = await desk.handling()
    before = (await desk.row(case)).version
    found = await together(*(desk.do("progress.enter", "wu.gang", case, text=f"{n}") for n in range(6)))
    assert sorted(one["version"] for one in found) == [before + 1 + n for n in range(6)]


async def test_a_registration_and_its_closing_signature_may_meet(desk: Handling) -> None:
    for _ in range(8):
        fact = desk.registration(on_the_spot=True)
        signature = desk.signature(fact.complaint_id, closes=True)
        assert await together(desk.hears(signature), desk.hears(fact)) == [None, None]
        assert (await desk.row(fact.complaint_id)).state == "closed"
    closed = [event.complaint_id for event in await desk.events() if isinstance(event, CaseClosedV1)]
    assert len(closed) == len(set(closed)) == 8


async def test_the_same_fact_delivered_twice_at_once_is_taken_once(desk: Handling) -> None:
    fact = desk.registration(on_the_spot=True, signed=True, closed=True)
    assert await together(*(desk.hears(fact) for _ in range(4))) == [None] * 4
    assert len(await desk.rows("fact")) == 1
    assert (await desk.row(fact.complaint_id)).version == 2
