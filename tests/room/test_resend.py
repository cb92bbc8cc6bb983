"""What was sent can be sent again, for as long as it is kept; it never has a second effect."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.dispatch.app import build as dispatch
from services.intake.app import build as intake
from services.sla.app import build as sla
from shared.bus.memory import Member, MemoryBus
from shared.db.statements import fetch
from shared.room import resend as resending
from shared.room.consume import bury, deliver
from shared.room.outbox import RoomOutbox
from shared.room.resend import forget_sent, resend
from shared.room.room import Room
from tests.kit.desk import COMPLAINT
from tests.kit.rooms import House, open_house

NOW = {name: value for name, value in COMPLAINT.items() if name not in ("contact_ended_at", "required_by")}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, dispatch, intake, sla) as house:
        yield house


async def rows(room: Room, table: str) -> list[Any]:
    async with room.db.read() as session:
        return list(await fetch(session, room.metadata.tables[f"{room.name}.{table}"].select()))


async def again(house: House) -> None:
    """A bus that has just been started, as after a restore."""
    members = [
        Member(r.name, set(r.consumers), RoomOutbox(r.db, r.tables, house.clock), partial(deliver, r), partial(bury, r))
        for r in house.rooms.values()
    ]
    await MemoryBus(members, house.clock).pump()


@pytest.mark.parametrize("batch", [1, 2, 5000])
async def test_only_what_was_said_since_is_sent_again_and_nobody_takes_it_twice(
    house: House, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(resending, "BATCH", batch)
    for _ in range(3):
        await house.do("complaint.register", "wang.min", **NOW)
        house.clock.advance(timedelta(hours=1))
    start = house.clock.now() - timedelta(hours=3)
    facts = await rows(house.rooms["sla"], "fact")
    assert await resend(house.rooms["intake"], start + timedelta(hours=1)) == 2
    assert [row.sent_at is None for row in await rows(house.rooms["intake"], "outbox")] == [False, True, True]
    await again(house)
    assert all(row.sent_at for row in await rows(house.rooms["intake"], "outbox"))
    assert await rows(house.rooms["sla"], "fact") == facts
    assert await resend(house.rooms["intake"], start, start + timedelta(hours=1)) == 1
    assert await resend(house.rooms["intake"], house.clock.now()) == 0


async def test_a_room_that_has_forgotten_hears_it_once_more(house: House) -> None:
    answer = await house.do("complaint.register", "wang.min", **NOW)
    room = house.rooms["sla"]
    facts = await rows(room, "fact")
    async with room.db.engine.begin() as connection:
        for table in ("fact", "inbox", "case"):
            await connection.execute(room.metadata.tables[f"sla.{table}"].delete())
    await again(house)
    assert await rows(room, "fact") == [], "what was acknowledged does not come by itself"
    await resend(house.rooms["intake"], house.clock.now())
    await again(house)
    assert [row.event_id for row in await rows(room, "fact")] == [row.event_id for row in facts]
    assert str(facts[0].complaint_id) == answer["complaint"]


async def test_old_events_go_and_numbers_are_never_given_again(house: House) -> None:
    room = house.rooms["intake"]
    for _ in range(3):
        await house.do("complaint.register", "wang.min", **NOW)
    house.clock.advance(timedelta(days=90))
    assert await forget_sent(room, timedelta(days=90)) == 0, "not before the time is over"
    house.clock.advance(timedelta(seconds=1))
    house.bus.up = False
    await house.do("complaint.register", "wang.min", **NOW)
    assert await forget_sent(room, timedelta(days=90)) == 3
    (left,) = await rows(room, "outbox")
    assert left.sent_at is None
    house.bus.up = True
    await house.bus.pump()
    house.clock.advance(timedelta(days=91))
    assert await forget_sent(room, timedelta(days=90)) == 0, "the last one stays, or its number would come again"
    await house.do("complaint.register", "wang.min", **NOW)
    assert len(await rows(house.rooms["sla"], "fact")) == 5
