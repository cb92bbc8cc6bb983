"""What a room keeps for a second is never what was there before a change that has been made."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.db.database import Database
from shared.db.tables import common_tables, room_metadata
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Room
from tests.kit.desk import MORNING


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    metadata, clock = room_metadata("room"), ManualClock(MORNING)
    db = Database(f"sqlite:///{tmp_path}/room.db", "room", durable=False)
    made = Room("room", db, metadata, common_tables(metadata), clock, Ids(clock), PolicyLibrary([]))
    await db.create(metadata)
    yield made
    await db.close()


async def test_who_read_before_a_change_does_not_keep_it_afterwards(room: Room) -> None:
    assert room.kept("calendar") is None  # somebody begins to read …
    room.forget("calendar")  # … somebody else changes it …
    room.keep("calendar", "old")  # … and the first has read what was there before
    assert room.kept("calendar") is None
    room.keep("calendar", "new")
    assert room.kept("calendar") == "new"


async def test_who_read_before_the_commit_does_not_keep_it_after_the_commit(room: Room) -> None:
    async with room.begin() as tx:
        tx.forget("calendar")
        assert room.kept("calendar") is None
        room.keep("calendar", "old")  # another transaction cannot see the change yet
        assert room.kept("calendar") == "old"
    assert room.kept("calendar") is None
