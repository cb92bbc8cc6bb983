"""`python -m shared.db.check`: every room's revisions amount to its tables, on SQLite and on PostgreSQL, both ways.

The PostgreSQL is the one of CCRM_TEST_DATABASE_URL, else a throw-away instance of the test kit. A database of its own
is made there and dropped again.
"""

import asyncio
import importlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db.database import Database
from shared.db.migrations import Migrations, rooms_with_tables

URL_ENV = "CCRM_TEST_DATABASE_URL"


async def check(url_of: dict[str, str], where: str) -> list[str]:
    """One line a problem; none where every room's history and tables agree on this database."""
    problems: list[str] = []
    for room, metadata in rooms_with_tables().items():
        migrations = Migrations(room, metadata)
        if migrations.head is None:
            problems.append(f"{room}: there is no revision")
            continue
        db = Database(url_of[room], room)
        try:
            await migrations.upgrade(db)
            problems += [f"{room} on {where}: {each}" for each in await migrations.differences(db)]
            await migrations.downgrade(db)
            await migrations.upgrade(db)
            if not await migrations.is_current(db):
                problems.append(f"{room} on {where}: down and up again does not end at the newest revision")
        finally:
            await db.close()
    return problems


async def check_sqlite() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        urls = {room: f"sqlite:///{Path(folder) / f'{room}.db'}" for room in rooms_with_tables()}
        return await check(urls, "SQLite")


async def check_postgres(server: str) -> list[str]:
    base: URL = make_url(server).set(drivername="postgresql+asyncpg")
    name = f"ccrm_check_{secrets.token_hex(6)}"
    await _administer(base, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        url = base.set(database=name).render_as_string(hide_password=False)
        return await check(dict.fromkeys(rooms_with_tables(), url), "PostgreSQL")
    finally:
        await _administer(base, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _administer(server: URL, statement: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def main() -> int:
    problems = asyncio.run(check_sqlite())
    given = os.environ.get(URL_ENV)
    if given:
        problems += asyncio.run(check_postgres(given))
    else:
        # Only in a source tree: the installed product has no test kit and needs none.
        kit = importlib.import_module("tests.kit.run_servers")
        run = kit.new_run_directory()
        try:
            problems += asyncio.run(check_postgres(kit.obtain("postgres", run)))
        finally:
            kit.end_run(run)
    for line in problems:
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"migrations: {'agree with the tables' if not problems else f'{len(problems)} problems'}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
