"""An error is told apart by whom it concerns: the database as a whole, this attempt, or this message."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy.exc as sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from shared.db.database import Database
from shared.db.statements import run
from shared.kernel.errors import Transient
from shared.room.away import away, passing, usable


async def raised(db: Database, *statements: str) -> Exception:
    try:
        async with db.begin() as session:
            for statement in statements:
                await run(session, text(statement))
    except Exception as error:
        return error
    raise AssertionError("it went through")


@pytest.fixture
def database(fresh_database: Callable[[], str]) -> Database:
    return Database(fresh_database(), "sla")


async def test_a_killed_backend_and_a_read_only_server_are_the_database_away(database: Database) -> None:
    killed = await raised(database, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert away(killed), repr(killed)
    read_only = await raised(database, "SET TRANSACTION READ ONLY", "CREATE TABLE t (n int)")
    assert away(read_only), repr(read_only)
    assert not passing(ValueError("what is in the message"))
    await database.close()


async def test_a_mistake_in_what_was_asked_is_neither(database: Database) -> None:
    for statement in ("SELECT * FROM nowhere", "SELECT 1/0", "nonsense"):
        error = await raised(database, statement)
        assert (away(error), passing(error)) == (False, False), repr(error)
    await database.close()


async def test_what_was_cancelled_or_met_another_may_go_through_next_time(database: Database) -> None:
    late = await raised(database, "SET LOCAL statement_timeout = 10", "SELECT pg_sleep(1)")
    assert (away(late), passing(late)) == (False, True)
    assert passing(Transient("not yet"))
    assert passing(asyncpg.DeadlockDetectedError("deadlock detected"))
    await database.close()


async def test_nobody_listening_and_no_such_database_are_the_database_away(database: Database) -> None:
    url = make_url("postgresql+asyncpg://postgres@127.0.0.1:9/x")
    nobody = Database(url.render_as_string(), "sla")
    assert away(await raised(nobody, "SELECT 1"))
    with pytest.raises(OSError, match="Connect"):
        await usable(nobody)
    no_such = Database(database.engine.url.set(database="nowhere").render_as_string(hide_password=False), "sla")
    assert away(await raised(no_such, "SELECT 1"))
    for each in (nobody, no_such, database):
        await each.close()


async def test_an_empty_pool_is_the_database_away(database: Database) -> None:
    assert away(sql.TimeoutError("QueuePool limit"))
    assert away(TimeoutError())
    assert not away(FileNotFoundError("policy.toml"))


async def test_a_read_only_database_is_not_usable(database: Database) -> None:
    assert await usable(database)
    async with database.engine.connect() as connection:
        name = database.engine.url.database
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        await connection.commit()
    await database.engine.dispose()
    assert not await usable(database)
    await database.close()


async def test_sqlite_locked_may_go_through_and_a_full_disk_is_away(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'sla.db'}", "sla")
    async with db.engine.connect() as first, db.engine.connect() as second:
        await second.exec_driver_sql("PRAGMA busy_timeout = 10")
        await first.exec_driver_sql("CREATE TABLE sla.t (n int)")
        with pytest.raises(sql.OperationalError) as locked:
            await second.exec_driver_sql("CREATE TABLE sla.u (n int)")
        await first.rollback()
        await second.rollback()
    assert (away(locked.value), passing(locked.value)) == (False, True)
    await asyncio.sleep(0)
    async with db.engine.connect() as small:
        await small.exec_driver_sql("CREATE TABLE sla.t (n text)")
        await small.commit()
        await small.exec_driver_sql("PRAGMA sla.max_page_count = 3")
        with pytest.raises(sql.OperationalError) as full:
            await small.exec_driver_sql("INSERT INTO sla.t VALUES (randomblob(100000))")
        await small.rollback()
    assert away(full.value), repr(full.value)
    assert await usable(db)
    await db.close()
