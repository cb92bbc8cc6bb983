"""Intake and dispatch in one house, told of each other only by the bus."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from services.dispatch.app import build as dispatch
from services.dispatch.usecases.reads import case as read_case
from services.intake.app import build as intake
from shared.bus.memory import Waiting
from shared.events.base import fact_name
from shared.kernel.errors import Code, Refused
from tests.kit.desk import COMPLAINT, customer, person
from tests.kit.rooms import House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, dispatch, intake) as house:
        yield house


async def topics(house: House, room: str) -> list[str]:
    table = house.rooms[room].tables.outbox
    async with house.rooms[room].db.read() as session:
        rows = (await (await session.connection()).execute(table.select().order_by(table.c.seq))).all()
    return [fact_name(row.topic) for row in rows]


async def test_a_case_goes_from_the_front_desk_to_closure(house: House) -> None:
    case = (await house.do("complaint.register", "wang.min", **COMPLAINT))["complaint"]
    for command, who, data in (
        ("order.submit", "wang.min", {}),
        ("order.review", "sun.li", {"decision": "approve"}),
        ("order.issue", "gao.feng", {"decision": "approve"}),
        ("visit.record", "wu.gang", {"outcome": "agreed", "plan": "更换防水层"}),
        ("complaint.classify", "wang.min", {"severity": "major", "reason": "媒体曝光"}),
        ("closure.apply", "wu.gang", {"signature": "张"}),
        ("closure.verify", "wang.min", {"decision": "approve", "satisfaction": 5}),
        ("closure.review", "sun.li", {"decision": "approve"}),
        ("closure.approve", "gao.feng", {"decision": "approve"}),
    ):
        await house.do(command, who, case, **data)
    shown = await read_case(house.rooms["dispatch"], person("gao.feng"), UUID(case))
    assert (shown["state"], shown["severity"], shown["liable"]) == ("closed", "major", "lin.fang")
    with pytest.raises(Refused) as caught:
        await house.do("complaint.classify", "wang.min", case, severity="general", reason="x")
    assert caught.value.code is Code.state_not_allowed, "intake has heard that it is closed"


async def test_what_was_solved_on_the_spot_is_closed_by_dispatch_for_everybody(house: House) -> None:
    case = (await house.do("complaint.register", "wang.min", **COMPLAINT, on_the_spot=True))["complaint"]
    await house.do("complaint.sign", customer(case), case, signature="张")
    shown = await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case))
    assert (shown["state"], shown["closed_ground"], shown["signed"]) == ("closed", "on_the_spot", True)
    assert (await topics(house, "dispatch")).count("case_closed") == 1
    with pytest.raises(Refused) as caught:
        await house.do("order.submit", "wang.min", case)
    assert caught.value.code is Code.state_not_allowed


@pytest.mark.parametrize("seed", range(5))
async def test_the_bus_may_shuffle_and_repeat(tmp_path: Path, seed: int) -> None:
    random = Random(seed)

    def arrange(ready: list[tuple[Waiting, str]]) -> list[tuple[Waiting, str]]:
        twice = ready * 2
        random.shuffle(twice)
        return twice

    async with open_house(tmp_path, dispatch, intake, arrange=arrange) as house:
        house.bus.up = False
        case = (await house.do("complaint.register", "wang.min", **COMPLAINT, on_the_spot=True))["complaint"]
        await house.do("complaint.sign", customer(case), case, signature="张")
        house.bus.up = True
        await house.bus.pump()
        shown = await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case))
        assert (shown["state"], shown["version"]) == ("closed", 3)
        assert (await topics(house, "dispatch")).count("case_closed") == 1


async def test_a_correction_reaches_the_case_and_the_customers_key_does_not(house: House) -> None:
    answer = await house.do("complaint.register", "wang.min", **COMPLAINT)
    case = answer["complaint"]
    await house.do(
        "complaint.correct", "wang.min", case, reason="误录", content="厨房渗水", fields={"urgent": True},
        contact_ended_at="2026-03-02T09:20:00+08:00", customer={"name": "李女士", "phone": "13900000009"},
    )  # fmt: skip
    shown = await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case))
    assert (shown["customer"]["phone"], shown["content"], shown["fields"]) == (
        "+8613900000009", "厨房渗水", {"urgent": True},
    )  # fmt: skip
    assert shown["contact_ended_at"] == "2026-03-02T09:20:00+08:00"
    room = house.rooms["dispatch"]
    async with room.db.read() as session:
        facts = (await (await session.connection()).execute(room.metadata.tables["dispatch.fact"].select())).all()
    assert len(facts) == 2
    assert not any(answer["tracking"] in fact.body for fact in facts)
