"""What was proposed as a common problem, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.repository.rows import table_of
from services.intake.tables import Recurrence
from shared.db.statements import run


def _same_recurrence(key: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [table_of(Recurrence).c[name] == value for name, value in key.items()]


async def recurrence_standing(session: AsyncSession, key: Mapping[str, str]) -> tuple[datetime | None, bool]:
    """When the last proposal of this kind was decided, and whether one is open."""
    statement = select(Recurrence.state, Recurrence.decided_at).where(*_same_recurrence(key))
    found = (await session.exec(statement)).all()
    decided = max((at for _, at in found if at is not None), default=None)
    return decided, any(state == "open" for state, _ in found)


async def recurrence(session: AsyncSession, recurrence_id: UUID, *, lock: bool = False) -> Recurrence | None:
    statement = select(Recurrence).where(Recurrence.id == recurrence_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).one_or_none()


async def recurrences(session: AsyncSession, state: str, limit: int) -> Sequence[Recurrence]:
    statement = select(Recurrence).where(Recurrence.state == state)
    return (await session.exec(statement.order_by(col(Recurrence.id).desc()).limit(limit))).all()


async def decide(session: AsyncSession, recurrence_id: UUID, **decision: Any) -> None:
    table = table_of(Recurrence)
    await run(session, update(table).where(table.c.id == recurrence_id).values(**decision))


async def decide_open(session: AsyncSession, key: Mapping[str, str], **decision: Any) -> None:
    table = table_of(Recurrence)
    await run(session, update(table).where(*_same_recurrence(key), table.c.state == "open").values(**decision))
