"""Several rooms in one process on the memory bus, at a clock that stands still until it is moved."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.dispatch.usecases.import_directory import import_directory
from shared.bus.memory import Arrange, Member, MemoryBus
from shared.db.database import Database
from shared.db.keyring import KeyRing
from shared.db.statements import fetch
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary, built_in
from shared.room.commands import execute
from shared.room.consume import bury, deliver
from shared.room.outbox import RoomOutbox
from shared.room.room import Actor, Command, Room
from tests.kit.data_keys import KEYS
from tests.kit.desk import MORNING, demo

Build = Callable[[Database, ManualClock, Ids, PolicyLibrary], Room]


@dataclass
class House:
    """The rooms, and the bus between them."""

    rooms: dict[str, Room]
    bus: MemoryBus
    clock: ManualClock

    async def do(
        self, name: str, actor: Actor | str, complaint: UUID | str | None = None, **data: Any
    ) -> dict[str, Any]:
        """Hands the command to the room that knows it, and what comes of it to the others."""
        acting = Actor("person", actor) if isinstance(actor, str) else actor
        room = next(room for room in self.rooms.values() if name in room.commands)
        answer = await execute(room, Command(name, acting, UUID(str(complaint)) if complaint else None, data))
        await self.bus.pump()
        return answer

    async def run(self, by: timedelta) -> None:
        """Time goes by; every room does what is due, and everybody hears of it."""
        self.clock.advance(by)
        for room in self.rooms.values():
            if room.tick is not None:
                await room.tick(room)
        await self.bus.pump()


@asynccontextmanager
async def open_house(
    folder: Path,
    *builds: Build,
    clock: ManualClock | None = None,
    directory: Directory | None = None,
    policies: PolicyLibrary | None = None,
    arrange: Arrange | None = None,
    keys: KeyRing | None = KEYS,
    url: str | None = None,
    seed: int = 0,
) -> AsyncIterator[House]:
    """Throw-away SQLite rooms, or those in the database at `url`. The directory is imported where dispatch is among
    them and has none. `seed`: of the ids, another for each time that the same rooms are opened.
    """
    clock = clock or ManualClock(MORNING)
    rooms: dict[str, Room] = {}
    for number, build in enumerate(builds):
        name = build.__module__.split(".")[1]
        db = Database(url or f"sqlite:///{folder}/{name}.db", name, durable=False, keys=keys)
        rooms[name] = build(db, clock, Ids(clock, Random(seed + number)), policies or built_in())
        await db.create(rooms[name].metadata)
    bus = MemoryBus([_member(room, clock) for room in rooms.values()], clock, arrange=arrange)
    if "dispatch" in rooms and not await _has_directory(rooms["dispatch"]):
        async with rooms["dispatch"].begin() as tx:
            await import_directory(tx, directory or demo())
        await bus.pump()
    try:
        yield House(rooms, bus, clock)
    finally:
        for room in rooms.values():
            await room.db.close()


async def _has_directory(room: Room) -> bool:
    async with room.db.read() as session:
        return bool(await fetch(session, select(room.tables.directory.c.version).limit(1)))


def _member(room: Room, clock: ManualClock) -> Member:
    outbox = RoomOutbox(room.db, room.tables, clock)
    return Member(room.name, frozenset(room.consumers), outbox, partial(deliver, room), partial(bury, room))
