"""Opens a room of its own for tests, on either database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest
from sqlalchemy import text

from shared.db.database import Database
from shared.events.dispatch import DirectoryPublishedV1
from shared.kernel.clock import Clock, ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary, built_in
from shared.room.room import Room
from tests.kit.data_keys import KEYS
from tests.kit.desk import MORNING, Desk, demo

Build = Callable[[Database, Clock, Ids, PolicyLibrary], Room]


@asynccontextmanager
async def open_desk(
    name: str,
    build: Build,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    apart: bool = False,
) -> AsyncIterator[Desk]:
    """The room with the demo people in it at a standing clock; its database is gone afterwards."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp(name)}/{name}.db"
    else:
        # What outlives one test must not share its schema with the tests between.
        url = request.getfixturevalue("fresh_database")() if apart else request.getfixturevalue("postgres_url")
    db = Database(url, name, durable=False, keys=KEYS)
    clock = ManualClock(MORNING)
    room = build(db, clock, Ids(clock, Random(1)), built_in())
    await db.create(room.metadata)
    desk = Desk(room, clock)
    await desk.hears(desk.fact(DirectoryPublishedV1, version=1, directory=demo()))
    yield desk
    if not db.is_sqlite:
        async with db.engine.begin() as connection:
            await connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
    await db.close()
