"""The dispatch room with the demo people in it, on both databases, at a standing clock."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from services.dispatch.app import build
from services.dispatch.tables import METADATA
from services.dispatch.usecases.import_directory import import_directory
from shared.db.database import Database
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from tests.dispatch.handling import OTHER_POLICY, Handling
from tests.kit.data_keys import KEYS
from tests.kit.desk import MORNING, demo

POLICIES = built_in().with_policy(OTHER_POLICY)
DIRECTORY = demo()


@pytest.fixture(scope="session")
def own_postgres(fresh_database: Callable[[], str]) -> str:
    """A database for these tests alone: its tables are made once and emptied after each test."""
    return fresh_database()


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """The room's empty tables."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/dispatch.db" if sqlite else request.getfixturevalue("own_postgres")
    db = Database(url, "dispatch", durable=False, keys=KEYS)
    await db.create(METADATA)
    yield db
    if not sqlite:
        async with db.engine.begin() as connection:
            tables = ", ".join(f'{table.schema}."{table.name}"' for table in METADATA.sorted_tables)
            await connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    await db.close()


@pytest.fixture
async def desk(database: Database) -> Handling:
    clock = ManualClock(MORNING)
    room = build(database, clock, Ids(clock, Random(1)), POLICIES)
    async with room.begin() as tx:
        await import_directory(tx, DIRECTORY)
    return Handling(room, clock)
