"""What every kind of row is kept by."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, insert
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.statements import insert_new, run


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def add(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> None:
    await run(session, insert(table_of(model)), dict(row))


async def add_new(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> bool:
    """False where its key is there already."""
    return await insert_new(session, table_of(model), row)
