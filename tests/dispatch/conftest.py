"""The dispatch room with the demo people in it, on both databases, at a standing clock."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from services.dispatch.app import build
from services.dispatch.usecases.import_directory import import_directory
from shared.db.database import Database
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from tests.dispatch.handling import OTHER_POLICY, Handling
from tests.kit.desk import MORNING, demo


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database for the room, gone afterwards."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/dispatch.db" if sqlite else request.getfixturevalue("postgres_url")
    db = Database(url, "dispatch", durable=False)
    yield db
    if not db.is_sqlite:
        async with db.engine.begin() as connection:
            await connection.execute(text("DROP SCHEMA IF EXISTS dispatch CASCADE"))
    await db.close()


@pytest.fixture
async def desk(database: Database) -> Handling:
    clock = ManualClock(MORNING)
    room = build(database, clock, Ids(clock, Random(1)), built_in().with_policy(OTHER_POLICY))
    await database.create(room.metadata)
    async with room.begin() as tx:
        await import_directory(tx, demo())
    return Handling(room, clock)
