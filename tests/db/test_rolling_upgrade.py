"""Version N beside N + 1: the schema is the newer one's already, and so are some of the events."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, Text

from services.dispatch.app import build as dispatch
from services.intake.app import build as intake
from services.notify.app import build as notify
from services.sla.app import build as sla
from services.sla.usecases.tick import tick
from shared.bus.port import Message
from shared.db.database import Database
from shared.db.migrations import Migrations, rooms_with_tables
from shared.db.statements import fetch
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Transient
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.room.commands import execute
from shared.room.consume import deliver
from shared.room.room import Command, Room
from tests.faults.station import Station
from tests.kit.desk import COMPLAINT, MORNING, customer, demo, person
from tests.kit.stamped import stamped
from tests.kit.waiting import until

BUILDS = {"intake": intake, "dispatch": dispatch, "sla": sla, "notify": notify}


def next_version(room: str) -> MetaData:
    """What N + 1 may do to the tables while N runs: columns that may be empty or have a default, and new tables."""
    metadata = MetaData(schema=room, naming_convention=rooms_with_tables()[room].naming_convention)
    for table in rooms_with_tables()[room].tables.values():
        grown = table.to_metadata(metadata)
        grown.append_column(Column("since_next", Text))
        grown.append_column(Column("counted_since_next", Integer, nullable=False, server_default="0"))
    Table("of_next", metadata, Column("id", String(10), primary_key=True))
    return metadata


async def rows(room: Room, table: str) -> list[Any]:
    async with room.db.read() as session:
        return list(await fetch(session, room.metadata.tables[f"{room.name}.{table}"].select()))


async def told(rooms: dict[str, Room], done: set[UUID]) -> None:
    """Every event as N + 1 says it: with fields that N has never heard of, on every level."""
    moved = True
    while moved:
        moved = False
        for source in rooms.values():
            for row in await rows(source, "outbox"):
                if row.event_id in done:
                    continue
                done.add(row.event_id)
                moved = True
                body = json.loads(row.body) | {"since_next": {"a": [1]}, "mood": "calm"}
                if "customer" in body:
                    body["customer"]["since_next"] = True
                message = Message(row.event_id, row.topic, json.dumps(body), row.correlation_id)
                for target in rooms.values():
                    if row.topic in target.consumers:
                        await deliver(target, message)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_this_version_goes_on_over_the_next_ones_tables_and_events(
    kind: str, tmp_path: Path, fresh_database: Callable[[], str]
) -> None:
    from services.dispatch.usecases.import_directory import import_directory

    clock, server = ManualClock(MORNING), fresh_database() if kind == "postgres" else ""
    async with AsyncExitStack() as stack:
        rooms: dict[str, Room] = {}
        for number, (name, build) in enumerate(BUILDS.items()):
            url = server or f"sqlite:///{tmp_path}/{name}.db"
            await stamped(url, name, next_version(name), "9999")
            db = Database(url, name)
            stack.push_async_callback(db.close)
            rooms[name] = build(db, clock, Ids(clock, Random(number)), built_in())
            assert await Migrations(name, rooms[name].metadata).is_current(db), "newer than this version is fine"
        done: set[UUID] = set()
        async with rooms["dispatch"].begin() as tx:
            await import_directory(tx, demo())
        await told(rooms, done)

        async def act(room: str, name: str, who: str, **data: Any) -> dict[str, Any]:
            answer = await execute(rooms[room], Command(name, person(who), case, data))
            await told(rooms, done)
            return answer

        case = None
        case = UUID((await act("intake", "complaint.register", "wang.min", **COMPLAINT))["complaint"])
        await act("dispatch", "order.submit", "wang.min")
        await act("dispatch", "order.review", "sun.li", decision="approve")
        await act("dispatch", "order.issue", "gao.feng", decision="approve")
        await execute(rooms["intake"], Command("complaint.sign", customer(case), case, {"signature": "张"}))
        await told(rooms, done)
        await tick(rooms["sla"])
        (stored,) = await rows(rooms["dispatch"], "complaint")
        assert (stored.state, stored.signed) == ("handling", True)
        assert {row.name for row in await rows(rooms["sla"], "fact")} >= {"order_issued", "complaint_signed"}
        assert {row.template for row in await rows(rooms["notify"], "message")} >= {"order.issued"}


async def test_a_room_behind_its_database_is_ready_and_one_ahead_of_it_is_not(
    fresh_database: Callable[[], str],
) -> None:
    url, tables = fresh_database(), rooms_with_tables()
    for room, revision, current in (("sla", "9999", True), ("notify", "0001", False)):
        await stamped(url, room, tables[room], revision)
        db = Database(url, room)
        assert await Migrations(room, tables[room]).is_current(db) is current
        await db.close()


async def test_a_topic_of_the_next_version_is_no_event_to_be_dropped(tmp_path: Path) -> None:
    clock = ManualClock(MORNING)
    room = sla(Database(f"sqlite:///{tmp_path}/sla.db", "sla"), clock, Ids(clock), built_in())
    message = Message(UUID(int=1), "dispatch.order_recalled.v1", "{}", UUID(int=1))
    with pytest.raises(Transient, match="another version"):
        await deliver(room, message)
    await room.db.close()


async def test_what_this_version_does_not_know_waits_for_the_next_one_at_the_same_queue(
    rabbitmq_url: str, rabbit_prefix: str, fresh_database: Callable[[], str]
) -> None:
    url = fresh_database()
    source, this, following = (Station(n, url, rabbitmq_url, rabbit_prefix) for n in ("source", "left", "left"))
    this.room.consumers = {}
    for station in (source, this):
        await station.room.db.create(station.room.metadata)
    try:
        await source.start()
        await this.start()
        assert all([await source.say(number) for number in range(6)])
        await asyncio.sleep(0.7)
        assert await this.numbers_heard() == []
        await this.stop()
        await following.start()

        async def heard() -> bool:
            return sorted(await following.numbers_heard()) == list(range(6))

        await until(heard, 30)
    finally:
        for station in (source, following):
            await station.stop()
