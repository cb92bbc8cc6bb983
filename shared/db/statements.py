"""The few statements that PostgreSQL and SQLite spell alike but SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Row, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel.ext.asyncio.session import AsyncSession

CONNECTION = "connection"
"""Where a session keeps the connection of its transaction: asking for it anew costs half a statement."""


async def run(session: AsyncSession, statement: Executable, rows: Any = None) -> CursorResult[Any]:
    """Runs a Core statement in the session's transaction, past the ORM."""
    connection = session.info.get(CONNECTION)
    if connection is None or connection.closed:
        connection = session.info[CONNECTION] = await session.connection()
    return cast(CursorResult[Any], await connection.execute(statement, rows))


async def fetch(session: AsyncSession, statement: Executable) -> Sequence[Row[Any]]:
    return (await run(session, statement)).all()


@lru_cache(maxsize=256)
def _insert_new(table: Table, dialect: str) -> Executable:
    statement: Executable = _insert(table, dialect).on_conflict_do_nothing()
    return statement


@lru_cache(maxsize=256)
def _upsert(table: Table, dialect: str, columns: tuple[str, ...], keys: tuple[str, ...]) -> Executable:
    insert = _insert(table, dialect)
    replaced = {name: insert.excluded[name] for name in columns if name not in keys}
    statement: Executable = insert.on_conflict_do_update(index_elements=list(keys), set_=replaced)
    return statement


def _insert(table: Table, dialect: str) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def insert_rows(
    session: AsyncSession, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> None:
    """Inserts one row, or several with the same columns."""
    await run(session, _plain_insert(table), dict(rows) if isinstance(rows, Mapping) else [dict(row) for row in rows])


@lru_cache(maxsize=256)
def _plain_insert(table: Table) -> Executable:
    return insert(table)


async def insert_new(session: AsyncSession, table: Table, row: Mapping[str, Any]) -> bool:
    """Inserts unless a row with that key is there. True where it was new: at most one transaction ever sees True."""
    result = await run(session, _insert_new(table, session.get_bind().dialect.name), dict(row))
    return result.rowcount == 1


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """Inserts the rows, replacing all other columns where the key is there already."""
    if rows:
        statement = _upsert(table, session.get_bind().dialect.name, tuple(rows[0]), tuple(keys))
        await run(session, statement, [dict(row) for row in rows])
