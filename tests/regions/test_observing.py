"""The group over two regions, without a broker between them: every fact twice and in any order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.dispatch.app import build as dispatch
from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.reads import case as read_case
from services.intake.app import build as intake
from services.notify.app import build as notify
from services.sla.app import build as sla
from services.sla.tables import StatementRow
from services.sla.usecases.reads import outcome
from services.sla.usecases.statements import statement
from shared.bus.port import Message
from shared.db.statements import fetch
from shared.events.dispatch import DirectoryPublishedV1
from shared.events.sla import PersonSum, StatementFrozenV1
from shared.kernel.errors import Code, Refused
from shared.kernel.ids import Ids
from shared.room.commands import execute
from shared.room.consume import deliver
from shared.room.regions import NotObserving, place
from shared.room.room import Command, Room
from tests.kit.desk import COMPLAINT, person
from tests.kit.rooms import House, open_house


@dataclass
class Group:
    north: House
    south: House
    group: House

    async def told(self, seed: int = 1) -> None:
        """Every event of the regions arrives at the group twice, in an order of chance."""
        for house in (self.north, self.south):
            for room in house.rooms.values():
                rows = await _outbox(room)
                twice = [Message(r.event_id, r.topic, r.body, r.correlation_id) for r in rows] * 2
                Random(seed).shuffle(twice)
                for message in twice:
                    for member in self.group.rooms.values():
                        if message.topic in member.consumers and message.topic != DirectoryPublishedV1.topic:
                            await deliver(member, message)
        sla_room = self.group.rooms["sla"]
        assert sla_room.tick is not None
        await sla_room.tick(sla_room)


async def _outbox(room: Room) -> list[Any]:
    async with room.db.read() as session:
        return list(await fetch(session, select(room.tables.outbox).order_by(room.tables.outbox.c.seq)))


@pytest.fixture
async def group(tmp_path: Path) -> AsyncIterator[Group]:
    async with AsyncExitStack() as stack:
        houses = []
        for name in ("north", "south"):
            (tmp_path / name).mkdir()
            house = await stack.enter_async_context(open_house(tmp_path / name, dispatch, intake, sla, notify))
            for number, room in enumerate(house.rooms.values()):
                place(room, name, False).ids = Ids(house.clock, Random(f"{name}{number}"))
            houses.append(house)
        (tmp_path / "group").mkdir()
        over = await stack.enter_async_context(open_house(tmp_path / "group", dispatch, sla, clock=houses[0].clock))
        for room in over.rooms.values():
            place(room, None, True)
        yield Group(*houses, over)


async def handled(house: House) -> str:
    case = str((await house.do("complaint.register", "wang.min", **COMPLAINT))["complaint"])
    for command, who, data in (
        ("order.submit", "wang.min", {}),
        ("order.review", "sun.li", {"decision": "approve"}),
        ("order.issue", "gao.feng", {"decision": "approve"}),
        ("visit.record", "wu.gang", {"outcome": "agreed", "plan": "更换防水层"}),
    ):
        await house.do(command, who, case, **data)
    return case


@pytest.mark.parametrize("seed", range(4))
async def test_the_group_sees_each_case_as_its_region_does(group: Group, seed: int) -> None:
    cases = {await handled(house): house for house in (group.north, group.south)}
    for house in (group.north, group.south):
        await house.run(timedelta(0))
    await group.told(seed)
    for case, house in cases.items():
        there = await read_case(house.rooms["dispatch"], person("gao.feng"), UUID(case))
        here = await read_case(group.group.rooms["dispatch"], person("gao.feng"), UUID(case))
        same = ("number", "state", "liable", "first_department", "severity", "customer", "required_by", "closed_at")
        assert {name: here[name] for name in same} == {name: there[name] for name in same}
        assert here["order"]["number"] == there["order"]["number"]
    seen = await outcome(group.group.rooms["sla"])
    own = [await outcome(house.rooms["sla"]) for house in (group.north, group.south)]
    assert len(seen["clocks"]) == sum(len(each["clocks"]) for each in own) > 0
    numbers = sorted(row["number"] for row in (await _cases(group.group)))
    assert numbers == ["NORTH-TS20260302-0001", "SOUTH-TS20260302-0001"]


async def _cases(house: House) -> list[dict[str, Any]]:
    room = house.rooms["dispatch"]
    async with room.db.read() as session:
        table = room.metadata.tables["dispatch.complaint"]
        return [dict(row._mapping) for row in await fetch(session, select(table))]


async def test_what_merges_and_closes_in_a_region_does_so_in_the_group(group: Group) -> None:
    first = str((await group.south.do("complaint.register", "wang.min", **COMPLAINT))["complaint"])
    second = str((await group.south.do("complaint.register", "wang.min", **COMPLAINT))["complaint"])
    await group.south.do("complaint.link", "wang.min", second, to=first, relation="duplicate")
    await group.told()
    there = await read_case(group.south.rooms["dispatch"], person("gao.feng"), UUID(second))
    here = await read_case(group.group.rooms["dispatch"], person("gao.feng"), UUID(second))
    same = ("state", "closed_ground", "merged_into", "closed_at")
    assert {name: here[name] for name in same} == {name: there[name] for name in same}
    assert here["merged_into"] == "SOUTH-TS20260302-0001"


async def test_the_group_says_nothing_and_acts_on_no_case(group: Group) -> None:
    case = await handled(group.south)
    await group.told()
    before = {name: len(await _outbox(room)) for name, room in group.group.rooms.items()}
    group.north.clock.advance(timedelta(days=3))
    for room in group.group.rooms.values():
        if room.tick is not None:
            await room.tick(room)
    assert {name: len(await _outbox(room)) for name, room in group.group.rooms.items()} == before
    for name, room, data in (
        ("progress.enter", "dispatch", {"text": "已完成一半"}),
        ("finding.record", "sla", {"kind": "concealment", "person": "wu.gang"}),
    ):
        with pytest.raises(Refused) as caught:
            await execute(group.group.rooms[room], Command(name, person("wu.gang"), UUID(case), data))
        assert caught.value.code is Code.region_elsewhere
        assert "SOUTH 区域" in caught.value.detail
    table = group.group.rooms["dispatch"].tables.audit
    async with group.group.rooms["dispatch"].db.read() as session:
        assert [row.code for row in await fetch(session, select(table))] == ["region.elsewhere"]


async def test_the_directory_is_changed_in_the_group_only(group: Group) -> None:
    absence = {"person": "wu.gang", "delegate": "ma.chao", "from": "2026-03-03T09:00:00+08:00"}
    south = group.south.rooms["dispatch"]
    with pytest.raises(Refused) as caught:
        await execute(south, Command("absence.enter", person("wu.gang"), None, absence))
    assert caught.value.code is Code.region_elsewhere
    await execute(group.group.rooms["dispatch"], Command("absence.enter", person("wu.gang"), None, absence))
    told = (await _outbox(group.group.rooms["dispatch"]))[-1]
    for room in group.south.rooms.values():
        await deliver(room, Message(told.event_id, told.topic, told.body, told.correlation_id))
        room.forget("directory")
        async with room.db.read() as session:
            assert [one.delegate for one in (await room.directory(session)).absences] == ["ma.chao"]
    async with south.db.read() as session:
        directory = await south.directory(session)
    with pytest.raises(Refused):
        async with south.begin() as tx:
            await import_directory(tx, directory.with_changes(absences=[]))


async def test_a_person_of_two_regions_has_one_sum_whichever_came_first(group: Group) -> None:
    room = group.group.rooms["sla"]
    now = room.clock.now()

    def frozen(person: str, fen: int, sha: str) -> StatementFrozenV1:
        line = PersonSum(person=person, entries=1, total_fen=fen, sha256=sha * 64)
        return StatementFrozenV1(
            event_id=room.ids.new(), occurred_at=now, recorded_at=now, correlation_id=room.ids.new(), month="2026-02",
            zone="Asia/Shanghai", cut_off_at=now, people=[line], entries=1, total_fen=fen, sha256=sha * 64,
        )  # fmt: skip

    for event in (frozen("wu.gang", 10000, "a"), frozen("wu.gang", 5000, "3"), frozen("ma.chao", 700, "5")):
        message = Message(event.event_id, event.topic, event.model_dump_json(), event.correlation_id)
        await deliver(room, message)
        await deliver(room, message)
    shown = await statement(room, person("gao.feng"), "2026-02")
    assert {each["person"]: each["total"] for each in shown["items"]} == {"wu.gang": "150", "ma.chao": "7"}
    async with room.db.read() as session:
        rows = await fetch(session, select(StatementRow.__table__).order_by(StatementRow.person))  # type: ignore[attr-defined]
    assert [row.sha256 for row in rows] == ["5" * 64, "9" * 64]


def test_a_group_runs_neither_capture_nor_messages(group: Group) -> None:
    for name in ("intake", "notify"):
        with pytest.raises(NotObserving):
            place(group.south.rooms[name], None, True)
