"""What waits for one room stands in nobody's way: the relay passes by the topics that the bus holds."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.dispatch.app import build as dispatch
from services.intake.app import build as intake
from shared.bus.port import Message
from shared.db.statements import fetch, run
from shared.room.relay import relay_batch
from shared.room.room import Room
from tests.kit.desk import COMPLAINT
from tests.kit.rooms import House, open_house

NOW: dict[str, Any] = {
    name: value for name, value in COMPLAINT.items() if name not in ("contact_ended_at", "required_by")
}
LATER = "intake.said_later.v1"


class Publishing:
    """Confirms all but the topics it holds."""

    def __init__(self, *held: str) -> None:
        self.holding = frozenset(held)
        self.asked: list[str] = []

    async def publish(self, messages: Sequence[Message]) -> set[UUID]:
        self.asked += [each.topic for each in messages]
        return {each.event_id for each in messages if each.topic not in self.holding}

    async def held(self) -> frozenset[str]:
        return self.holding


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_house(tmp_path, dispatch, intake) as house:
        yield await _with_three_unsent(house)


async def _with_three_unsent(house: House) -> Room:
    """Two of a topic that will be held, then one of another."""
    room = house.rooms["intake"]
    for _ in range(3):
        await house.do("complaint.register", "wang.min", **NOW)
    table = room.tables.outbox
    last = max(row.seq for row in await outbox(room))
    async with room.db.begin() as session:
        await run(session, table.update().values(sent_at=None))
        await run(session, table.update().where(table.c.seq == last).values(topic=LATER))
    return room


async def outbox(room: Room) -> list[Any]:
    async with room.db.read() as session:
        return list(await fetch(session, room.tables.outbox.select().order_by(room.tables.outbox.c.seq)))


async def test_a_full_batch_of_held_events_does_not_keep_the_next_one_back(room: Room) -> None:
    held = {row.topic for row in await outbox(room)} - {LATER}
    publisher = Publishing(*held)
    assert await relay_batch(room.db, room.tables, publisher, room.clock, batch=2) == (1, 1)
    assert publisher.asked == [LATER]
    assert {row.topic for row in await outbox(room) if row.sent_at is None} == held

    publisher.holding = frozenset()
    while (await relay_batch(room.db, room.tables, publisher, room.clock, batch=2))[0]:
        pass
    assert all(row.sent_at for row in await outbox(room))


async def test_with_all_of_them_held_nothing_is_claimed(room: Room) -> None:
    publisher = Publishing(*{row.topic for row in await outbox(room)})
    assert await relay_batch(room.db, room.tables, publisher, room.clock) == (0, 0)
    assert publisher.asked == []
