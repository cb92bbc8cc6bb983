"""The few statements that PostgreSQL and SQLite spell alike but SQLAlchemy keeps apart."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, CursorResult, Dialect, Executable, Row, Table, Text, TypeDecorator, Uuid, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine
from sqlmodel.ext.asyncio.session import AsyncSession


class UuidList(TypeDecorator[list[UUID]]):
    """Many ids as one parameter: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else postgresql.ARRAY(Uuid()))

    def process_bind_param(self, value: Sequence[UUID] | None, dialect: Dialect) -> Any:
        assert value is not None
        return json.dumps([each.hex for each in value]) if dialect.name == "sqlite" else list(value)


class among(FunctionElement[bool]):
    """`among(column, bindparam("ids", type_=UuidList))`: the column is one of the ids.

    Not IN with a parameter an id: a plan that PostgreSQL made of that while the table was small is kept when it has
    grown, and compares every row with every id. This one is a join, whichever way it is planned.
    """

    type = Boolean()
    inherit_cache = True


@compiles(among)
def _among(element: Any, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT unnest({ids}))"


@compiles(among, "sqlite")
def _among_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - compiled parts, no text of anybody's


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
