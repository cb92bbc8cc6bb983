from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Uuid,
    text,
)  # fmt: skip

from shared.db import check
from shared.db.database import Database
from shared.db.migrations import Migrations, rooms_with_tables
from shared.db.types import UtcDateTime

ROOM = "notify"


def _grown() -> MetaData:
    """The room's tables as somebody has just changed them, without a revision for it."""
    metadata = MetaData(schema=ROOM, naming_convention=rooms_with_tables()[ROOM].naming_convention)
    for table in rooms_with_tables()[ROOM].tables.values():
        table.to_metadata(metadata)
    metadata.tables[f"{ROOM}.inbox"].append_column(Column("seen_at", UtcDateTime))
    metadata.tables[f"{ROOM}.audit"].c.detail.type = Integer()
    Table("extra", metadata, Column("id", Integer, primary_key=True))
    Index("ix_extra", metadata.tables[f"{ROOM}.message"].c.status)
    return metadata


async def test_revisions_and_tables_agree_on_sqlite_both_ways() -> None:
    assert await check.check_sqlite() == []


async def test_revisions_and_tables_agree_on_postgresql_both_ways(fresh_database: Callable[[], str]) -> None:
    assert await check.check_postgres(fresh_database()) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_change_without_a_revision_is_found(
    kind: str, tmp_path: Path, fresh_database: Callable[[], str]
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'room.db'}" if kind == "sqlite" else fresh_database(), ROOM)
    try:
        migrations = Migrations(ROOM, _grown())
        await migrations.upgrade(db)
        found = str(await migrations.differences(db))
        for change in ("seen_at", "modify_type", "extra", "ix_extra"):
            assert change in found, change
    finally:
        await db.close()


async def test_a_room_is_current_at_its_head_or_past_it_and_not_before(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'room.db'}", ROOM)
    migrations = Migrations(ROOM, rooms_with_tables()[ROOM])
    try:
        assert not await migrations.is_current(db)
        await migrations.upgrade(db)
        assert await migrations.is_current(db)
        async with db.begin() as session:
            connection = await session.connection()
            # A newer program has been here: a rolling upgrade must not take this one out of service.
            await connection.execute(text(f"UPDATE {ROOM}.alembic_version SET version_num = '9999'"))
        assert await migrations.is_current(db)
    finally:
        await db.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("room", sorted(rooms_with_tables()))
async def test_tables_that_are_in_use_can_be_brought_up_to_date(
    room: str, kind: str, tmp_path: Path, fresh_database: Callable[[], str]
) -> None:
    """A row in every table of the first revision: a new column must have something to say for it."""
    db = Database(f"sqlite:///{tmp_path / 'room.db'}" if kind == "sqlite" else fresh_database(), room)
    migrations = Migrations(room, rooms_with_tables()[room])
    try:
        await migrations.upgrade(db, "0001")
        async with db.begin() as session:
            connection = await session.connection()
            before = await connection.run_sync(_filled, room)
        assert before
        await migrations.upgrade(db)
        async with db.begin() as session:
            connection = await session.connection()
            for table in before:
                count = await connection.execute(text(f'SELECT count(*) FROM {room}."{table}"'))
                assert count.scalar_one() == 1, table
    finally:
        await db.close()


def _filled(connection: Connection, room: str) -> list[str]:
    old = MetaData(schema=room)
    old.reflect(connection)
    for table in old.tables.values():
        if table.name != "alembic_version":
            connection.execute(table.insert().values({column.name: _some(column) for column in table.columns}))
    return [table.name for table in old.tables.values() if table.name != "alembic_version"]


def _some(column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Numeric):
        return 1
    if isinstance(kind, Uuid):
        return UUID(int=7)
    if isinstance(kind, DateTime):
        return datetime(2026, 3, 2, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(2026, 3, 2)
    if isinstance(kind, JSON):
        return {}
    return "7"
